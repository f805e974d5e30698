//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

/// Tests hash maps and arrays with Swift types.
@Suite("Typed maps", .kernel)
struct ValueMapTests {
  struct Tail: BitwiseCopyable { var number: UInt64, byte: UInt8 }

  @Test("Looks up, updates, and deletes elements of a hash map", .kernel(since: "5.14"))
  func operations() throws {
    let map = try HashMap<UInt32, UInt64>(name: UniqueName.next(), maxEntries: 16)
    #expect(try map.lookup(1) == nil)
    try map.update(1, to: 10)
    #expect(try map.lookup(1) == 10)
    #expect(try map[1] == 10)
    #expect(try map.contains(1))
    #expect(try map.contains(2) == false)
    #expect(try map.handle.raw.lookup(UInt32(1).bytes, stride: 8).get() == UInt64(10).bytes)

    let existing = #expect(throws: BPFError.self) { try map.update(1, to: 11, flags: .noExist) }
    #expect(existing?.code == .alreadyExists)
    try map.update(1, to: 12, flags: .exist)
    #expect(try map.lookupAndDelete(1) == 12)
    #expect(try map.lookupAndDelete(1) == nil)
    #expect(try map.delete(1) == false)
    try map.update(2, to: 20)
    #expect(try map.delete(2))
    #expect(try map.count() == 0)
  }

  @Test("Reads all elements as collections", arguments: [0, 1, 5000] as [UInt32])
  func collections(count: UInt32) throws {
    let map = try LRUHashMap<UInt32, UInt64>(maxEntries: 20_000)
    let written = try map.update(contentsOf: (0..<count).map { ($0, UInt64($0) * 3) })
    #expect(written == Int(count))
    let entries = try map.entries()
    #expect(entries.count == Int(count))
    #expect(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) }).count == Int(count))
    #expect(entries.allSatisfy { $0.value == UInt64($0.key) * 3 })
    #expect(entries.keys.sorted() == Array(0..<count))
    #expect(try map.keys().sorted() == Array(0..<count))
    #expect(try map.values().sorted() == (0..<count).map { UInt64($0) * 3 })
    // The entries are a random-access collection.
    #expect(entries.reversed().map(\.key) == Array(entries.keys.reversed()))
    #expect(entries.dropFirst(2).first?.key == entries.keys.dropFirst(2).first)

    var seen: [UInt32] = []
    try map.forEachBatch(batchSize: 64) { seen += $0.keys }
    #expect(seen.sorted() == Array(0..<count))
    #expect(try map.drain().count == Int(count))
    #expect(try map.count() == 0)
  }

  @Test("Writes a dictionary, or the entries of another map")
  func contents() throws {
    let map = try HashMap<UInt16, UInt16>(maxEntries: 100)
    #expect(try map.update(contentsOf: [1: 10, 2: 20] as [UInt16: UInt16]) == 2)
    let other = try HashMap<UInt16, UInt16>(maxEntries: 100)
    #expect(try other.update(contentsOf: map.entries()) == 2)
    #expect(try other[2] == 20)
    let again = #expect(throws: BPFError.self) {
      try other.update(contentsOf: [(3, 1), (2, 1)], flags: .noExist)
    }
    #expect(again?.code == .alreadyExists && again?.processed == 1)
  }

  @Test("The error of a failed batch includes the elements written by earlier batches")
  func full() throws {
    let map = try HashMap<UInt32, UInt64>(maxEntries: 5000)
    let error = #expect(throws: BPFError.self) {
      try map.update(contentsOf: (0..<6000).map { (UInt32($0), 1) })
    }
    #expect(error?.code == .mapFull && error?.processed == 5000)
    #expect(try map.count() == 5000)
  }

  @Test("Deletes many keys at once, and skips missing ones")
  func deleteAll() throws {
    let map = try HashMap<UInt32, UInt64>(maxEntries: 10_000)
    try map.update(contentsOf: (0..<9000).map { (UInt32($0), 1) })
    #expect(try map.deleteAll(stride(from: 0, to: 20_000, by: 2)) == 4500)
    #expect(try map.keys().allSatisfy { $0 % 2 == 1 })
    #expect(try map.deleteAll() == 4500)
    try map.update(1, to: 1)
    try map.freeze()
    let error = #expect(throws: BPFError.self) { try map.deleteAll([1]) }
    #expect(error?.code == .frozen && error?.processed == 0)
  }

  @Test("Accesses arrays by an index of any integer type")
  func arrays() throws {
    let map = try ArrayMap<UInt16>(maxEntries: 3)
    let index = 2
    try map.update(index, to: 7)
    try map.update(UInt32(1), to: 6)
    #expect(try map[index] == 7)
    #expect(try map.lookup(UInt32(1)) == 6)
    #expect(try Array(map.values()) == [0, 6, 7])
    #expect(try map.count() == 3)
    for beyond in [3, -1, Int.max, 1 << 32] {
      #expect(try map[beyond] == nil)
      #expect(try map.contains(beyond) == false)
      let error = #expect(throws: BPFError.self) { try map.update(beyond, to: 1) }
      #expect(error?.code == .outOfBounds)
    }
  }

  @Test("C and Swift structures can be keys and values")
  func structures() throws {
    let flows = try HashMap<kf_flow, Tail>(maxEntries: 4)
    #expect(flows.handle.keySize == 16 && flows.handle.valueSize == 16)
    let flow = kf_flow(source: 1, destination: 2, ports: (3, 4), protocol: 6)
    try flows.update(flow, to: Tail(number: 7, byte: 8))
    let tail = try #require(try flows[flow])
    #expect(tail.number == 7 && tail.byte == 8)
    #expect(try flows.entries().first?.key.ports.1 == 4)

    let tuples = try HashMap<(UInt16, UInt32), InlineArray<3, UInt8>>(maxEntries: 4)
    try tuples.update((1, 2), to: [7, 8, 9])
    #expect(try tuples[(1, 2)]?[2] == 9)
  }

  @Test("Keys that differ only in padding are the same key")
  func paddedKeys() throws {
    let map = try HashMap<kf_gaps, UInt64>(maxEntries: 16)
    for (count, garbage) in ([0, 0x55, 0xaa, 0xff] as [UInt8]).enumerated() {
      try withUnsafeTemporaryAllocation(of: kf_gaps.self, capacity: 1) { memory in
        UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: garbage)
        (memory[0].kind, memory[0].address, memory[0].port) = (1, 2, 3)
        #expect(UnsafeRawBufferPointer(memory)[2] == garbage)
        #expect(try map.contains(memory[0]) == (count > 0))
        try map.update(memory[0], to: UInt64(count))
        #expect(try map.update(contentsOf: [(memory[0], UInt64(count))]) == 1)
        #expect(try map[memory[0]] == UInt64(count))
      }
    }
    #expect(try map.count() == 1)
    #expect(try map.handle.keys().map { Array($0[1..<4]) + $0[10..<12] } == [[0, 0, 0, 0, 0]])
    #expect(try map.delete(kf_gaps(kind: 1, address: 2, port: 3)))
  }

  @Test("Padding of values is zero in the kernel")
  func paddedValues() throws {
    let map = try HashMap<UInt32, kf_gaps>(maxEntries: 16)
    try withUnsafeTemporaryAllocation(of: kf_gaps.self, capacity: 1) { memory in
      UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: 0xee)
      (memory[0].kind, memory[0].address, memory[0].port) = (1, 2, 3)
      try map.update(1, to: memory[0])
      try map.update(contentsOf: [(2, memory[0])])
    }
    let expected: [UInt8] = [1, 0, 0, 0] + UInt32(2).bytes + UInt16(3).bytes + [0, 0]
    #expect(try map.handle.lookup(UInt32(1).bytes) == expected)
    #expect(try map.handle.lookup(UInt32(2).bytes) == expected)
  }

  @Test("Accepts a map whose sizes exclude trailing padding")
  func packed() throws {
    let handle = try MapHandle(type: .hash, keySize: 9, valueSize: 9, maxEntries: 4)
    let map = try HashMap<Tail, Tail>(handle)
    try map.update(contentsOf: [
      (Tail(number: 1, byte: 2), Tail(number: 3, byte: 4)),
      (Tail(number: 5, byte: 6), Tail(number: 7, byte: 8)),
    ])
    #expect(try map[Tail(number: 5, byte: 6)]?.byte == 8)
    #expect(try Set(map.entries().map { [$0.key.number, UInt64($0.value.byte)] }) == [[1, 4], [5, 8]])
    #expect(try handle.lookup(UInt64(1).bytes + [2]) == UInt64(3).bytes + [4])
  }

  @Test("Looks up large values")
  func large() throws {
    let map = try ArrayMap<InlineArray<5000, UInt64>>(maxEntries: 2)
    let value = InlineArray<5000, UInt64> { UInt64($0) }
    try map.update(1, to: value)
    #expect(try map[1]?[4999] == 4999)
    #expect(try map.values()[1][4998] == 4998)
  }

  @Test("Reads and writes values under their spin lock")
  func locked() throws {
    let map = try HashMap<Int32, kf_locked>(MapHandle.locked())
    try map.update(1, to: kf_locked(counter: 5, lock: 0), flags: .lock)
    #expect(try map.lookup(1, flags: .lock)?.counter == 5)
    #expect(try map.update(contentsOf: [(2, kf_locked(counter: 6, lock: 0))], flags: .lock) == 1)
    #expect(try map.entries(flags: .lock).map(\.value.counter).sorted() == [5, 6])
    let unlocked = try HashMap<UInt32, UInt64>(maxEntries: 1)
    #expect(throws: BPFError.self) { try unlocked.update(1, to: 1, flags: .lock) }
  }

  struct kf_locked: BitwiseCopyable { var counter: Int32, lock: UInt32 }

  @Test("Reads values that a program wrote")
  func program() throws {
    let map = try ArrayMap<UInt64>(maxEntries: 1)
    let program = try map.handle.withFileDescriptor { try FixtureDescriptor.countingProgram(map: $0) }
    for _ in 0..<3 { try program.run() }
    #expect(try map[0] == 3)
  }

  @Test("bpftool and the library read each other's values", .bpftool)
  func bpftool() throws {
    let map = try HashMap<UInt32, UInt64>(name: UniqueName.next(), maxEntries: 4)
    try map.update(7, to: 8)
    let dump = try Bpftool.run("map", "dump", "id", "\(map.id)")
    #expect(dump.array.count == 1)
    #expect(dump[0]["key"].bytes == UInt32(7).bytes && dump[0]["value"].bytes == UInt64(8).bytes)
    try Bpftool.run(
      "map", "update", "id", "\(map.id)", "key", "9", "0", "0", "0", "value", "1", "1", "0", "0", "0", "0",
      "0", "0")
    #expect(try map[9] == 257)
  }
}
