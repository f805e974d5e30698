//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Emptying whole maps: `deleteAll`, `drain`, `drainBatches`.
@Suite("Emptying", .kernel)
struct EmptyingTests {
  // MARK: - deleteAll

  @Test("All of a hash", arguments: [MapType.hash, .lruHash, .perCPUHash, .lruPerCPUHash])
  func deleteAll(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 1000)
    let value = Array(repeating: UInt64(1).bytes, count: try PossibleCPUs.current().count)
    for key in UInt32(0)..<500 {
      if type.isPerCPU {
        try map.updatePerCPU(key.bytes, to: value)
      } else {
        try map.update(key.bytes, to: value[0])
      }
    }
    #expect(try map.deleteAll() == 500)
    #expect(try map.nextKey(after: nil) == nil)
    #expect(try map.deleteAll() == 0)
  }

  @Test("All of a trie, whose elements go by their keys")
  func deleteAllOfTrie() throws {
    let map = try MapHandle.fixture(.lpmTrie, maxEntries: 1000)
    for byte in UInt8(0)..<200 { try map.update(UInt32(32).bytes + [10, 0, 0, byte], to: UInt64(1).bytes) }
    #expect(try map.deleteAll() == 200)
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test("All of an array of objects")
  func deleteAllOfProgramArray() throws {
    let map = try MapHandle.fixture(.programArray, valueSize: 4, maxEntries: 64)
    let program = try FixtureDescriptor.program()
    for index in [3, 40] as [UInt32] { try map.update(index.bytes, to: program.bytes) }
    #expect(try map.deleteAll() == 2)
    #expect(try map.count() == 0)
  }

  @Test("All of a map of devices or sockets")
  func deleteAllOfDevices() throws {
    let devices = try MapHandle.fixture(.devMapHash, valueSize: 4)
    for key in UInt32(0)..<10 { try devices.update(key.bytes, to: UInt32(1).bytes) }
    #expect(try devices.deleteAll() == 10)
    #expect(try devices.count() == 0)

    let sockets = try MapHandle.fixture(.sockMap, valueSize: 4)
    let socket = try FixtureDescriptor.listeningSocket()
    try sockets.update(UInt32(2).bytes, to: socket.bytes)
    #expect(try sockets.deleteAll() == 1)
  }

  @Test("What user space cannot read it can delete all the same")
  func deleteAllOfUnreadable() throws {
    let cgroups = try MapHandle.fixture(.cgroupArray, valueSize: 4)
    let cgroup = try TemporaryCgroup()
    try cgroups.update(UInt32(5).bytes, to: cgroup.descriptor.bytes)
    #expect(try cgroups.deleteAll() == 1)
    #expect(try cgroups.deleteAll() == 0)
    withExtendedLifetime(cgroup) {}
  }

  @Test("All of a queue or stack", arguments: [MapType.queue, .stack])
  func deleteAllOfQueue(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    for number in UInt64(0)..<10 { try map.update([], to: number.bytes) }
    #expect(try map.deleteAll() == 10)
    #expect(try map.lookup([]) == nil)
  }

  @Test("Elements of an array stay, and the error says so", arguments: [MapType.array, .perCPUArray])
  func deleteAllOfArray(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let error = #expect(throws: BPFError.self) { try map.deleteAll() }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("array") == true)
  }

  @Test("A frozen map and a reader keep their elements")
  func deleteAllRefused() throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill(0..<5)
    let reader = try MapHandle(id: map.id, access: .readOnly)
    let readOnly = #expect(throws: BPFError.self) { try reader.deleteAll() }
    #expect(readOnly?.code == .readOnly)
    try map.freeze()
    let frozen = #expect(throws: BPFError.self) { try map.deleteAll() }
    #expect(frozen?.code == .frozen)
    #expect(try map.count() == 5)
  }

  // MARK: - drain

  @Test("Drained elements are returned and gone", arguments: [MapType.hash, .lruHash])
  func drain(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 5000)
    try map.fill(0..<5000)
    let drained = try map.drain()
    // A full LRU map may have evicted some.
    if type == .hash { #expect(SweepTests.numbers(drained.map(\.key)) == Array(0..<5000)) }
    #expect(drained.allSatisfy { UInt64(bytes: $0.value) == UInt64(UInt32(bytes: $0.key)) })
    #expect(try map.nextKey(after: nil) == nil)
    #expect(try map.drain().isEmpty)
  }

  @Test("Values per CPU are drained whole", arguments: [3, 12])
  func drainPerCPU(size: Int) throws {
    let map = try MapHandle.fixture(.perCPUHash, valueSize: size)
    let values = try PerCPUTests.values(size: size)
    try map.updatePerCPU(UInt32(1).bytes, to: values)
    let drained = try map.drain()
    #expect(drained.count == 1)
    #expect(drained.perCPUValues(at: 0) == values)
  }

  @Test("A queue is drained in its order, a stack in the other", arguments: [MapType.queue, .stack])
  func drainQueue(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    for number in UInt64(0)..<10 { try map.update([], to: number.bytes) }
    let drained = try map.drain()
    let numbers = drained.map { UInt64(bytes: $0.value) }
    #expect(numbers == (type == .queue ? Array(0..<10) : Array((0..<10).reversed())))
    #expect(drained.allSatisfy { $0.key.isEmpty })
    #expect(try map.lookup([]) == nil)
  }

  @Test("Small batches too take every element once", arguments: [1, 2, 100])
  func drainBatches(batchSize: Int) throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var seen: [UInt32] = []
    try map.drainBatches(batchSize: batchSize) { seen += $0.map { UInt32(bytes: $0.key) } }
    #expect(seen.sorted() == Array(0..<1000))
    #expect(try map.count() == 0)
  }

  @Test("What was not handed over when a closure fails is still in the map")
  func drainInterrupted() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var taken: [UInt32] = []
    #expect(throws: BPFError.self) {
      try map.drainBatches(batchSize: 50) { batch throws(BPFError) in
        taken += batch.map { UInt32(bytes: $0.key) }
        if taken.count > 300 { throw BPFError(.drain, .unavailable, "enough") }
      }
    }
    let left = try map.keys().map { UInt32(bytes: $0) }
    #expect((taken + left).sorted() == Array(0..<1000))
  }

  @Test("A map of maps is drained by its ids", .kernel(since: "5.14"))
  func drainMaps() throws {
    let inner = try MapHandle.fixture(.hash)
    let map = try MapHandle(
      type: .hashOfMaps, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 10,
      options: MapOptions(innerMap: inner))
    try map.update(UInt32(1).bytes, to: inner.withFileDescriptor { $0.rawValue.bytes })
    #expect(try map.drain().map(\.value) == [inner.id.rawValue.bytes])
  }

  @Test(
    "Where the kernel cannot do both in one, the error says so",
    arguments: [MapType.array, .lpmTrie, .programArray])
  func drainRefused(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 4)
    let error = #expect(throws: BPFError.self) { try map.drain() }
    #expect(error?.code == .unsupported)
    #expect(error?.errno == nil)
    #expect(error?.description.contains(type.kernelName) == true)
  }
}
