//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests sweeps of maps that do not change meanwhile.
@Suite("Sweeps", .kernel)
struct SweepTests {
  static func numbers(_ keys: some Sequence<[UInt8]>) -> [UInt32] { keys.map { UInt32(bytes: $0) }.sorted() }

  // MARK: - Hash maps, which are read bucket by bucket

  @Test(
    "A sweep of a full hash returns each key once, for any batch size",
    arguments: [(1000, 1), (1000, 2), (1000, 7), (1000, 1000), (1000, 100_000), (100_000, 1), (100_000, 16)])
  func fullHash(entries: Int, batchSize: Int) throws {
    let map = try MapHandle.fixture(.hash, maxEntries: entries)
    try map.fill(0..<UInt32(entries))
    var seen: [UInt32] = []
    seen.reserveCapacity(entries)
    try map.forEachBatch(batchSize: batchSize) { batch in
      #expect(!batch.isEmpty)
      batch.withBytes { keys, values in
        for index in 0..<batch.count {
          let key = keys.integer(at: index * 4, as: UInt32.self)
          let value = values.integer(at: index * 8, as: UInt64.self)
          if UInt64(key) == value { seen.append(key) }
        }
      }
    }
    #expect(seen.count == entries)
    #expect(seen.sorted() == Array(0..<UInt32(entries)))
  }

  @Test(
    "All ways of reading a map return the same elements", arguments: [MapType.hash, .lruHash, .devMapHash])
  func formsAgree(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: type == .devMapHash ? 4 : 8, maxEntries: 1000)
    let value: [UInt8] = type == .devMapHash ? [1, 0, 0, 0] : UInt64(9).bytes
    for key in UInt32(0)..<300 { try map.update(key.bytes, to: value) }
    let expected = Array(UInt32(0)..<300)
    #expect(Self.numbers(try map.keys()) == expected)
    #expect(Self.numbers(try map.entries().map(\.key)) == expected)
    #expect(try map.entries().allSatisfy { $0.value == value })
    #expect(try map.count() == 300)
    var seen: [[UInt8]] = []
    var sweep = map.sweep(batchSize: 17)
    while let batch = try sweep.next() { seen += batch.map(\.key) }
    #expect(Self.numbers(seen) == expected)
    #expect(try sweep.next() == nil)
  }

  @Test("Sweeps all 256 one-byte keys", arguments: [1, 16, 256, 1000])
  func oneByteKeys(batchSize: Int) throws {
    let map = try MapHandle.fixture(.hash, keySize: 1, valueSize: 3, maxEntries: 256)
    for byte in UInt8(0)...255 { try map.update([byte], to: [byte, 1, 255 - byte]) }
    var seen: [UInt8] = []
    try map.forEachBatch(batchSize: batchSize) { batch in
      for (key, value) in batch {
        #expect(value == [key[0], 1, 255 - key[0]])
        seen += key
      }
    }
    #expect(seen.sorted() == Array(0...255))
  }

  @Test(
    "Sweeps per-CPU values of unusual sizes", arguments: [MapType.perCPUHash, .lruPerCPUHash, .perCPUArray],
    [1, 3, 12])
  func perCPU(type: MapType, size: Int) throws {
    let map = try MapHandle.fixture(type, valueSize: size, maxEntries: 40)
    let cpus = try PossibleCPUs.current().count
    func values(_ key: UInt32) -> [[UInt8]] {
      (0..<cpus).map { cpu in (0..<size).map { UInt8(truncatingIfNeeded: Int(key) * 3 + cpu * 50 + $0) } }
    }
    for key in UInt32(0)..<40 { try map.updatePerCPU(key.bytes, to: values(key)) }
    let entries = try map.entries()
    #expect(Self.numbers(entries.map(\.key)) == Array(0..<40))
    for index in entries.indices {
      #expect(entries.perCPUValues(at: index) == values(UInt32(bytes: entries[index].key)))
      #expect(entries[index].value.count == map.valueStride)
    }
  }

  @Test(
    "A sweep of an empty map returns nothing",
    arguments: [MapType.hash, .lruHash, .perCPUHash, .lpmTrie, .programArray, .devMapHash])
  func empty(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 4)
    #expect(try map.keys().isEmpty)
    #expect(try map.entries().isEmpty)
    #expect(try map.count() == 0)
    try map.forEachBatch { _ in Issue.record("there is no batch in an empty map") }
  }

  @Test("Sweeps a map of one element")
  func single() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1)
    try map.fill([42])
    #expect(try map.entries().map { UInt32(bytes: $0.key) } == [42])
  }

  @Test("Large values are read in small batches to limit memory")
  func largeValues() throws {
    let map = try MapHandle.fixture(.hash, valueSize: 100_000, maxEntries: 100)
    for key in UInt32(0)..<100 {
      try map.update(key.bytes, to: [UInt8](repeating: UInt8(key), count: 100_000))
    }
    var batches = 0
    var seen: [UInt32] = []
    try map.forEachBatch { batch in
      batches += 1
      for index in batch.indices {
        batch.withElement(at: index) { key, value in
          let number = key.integer(as: UInt32.self)
          if value.integer(at: 99_999, as: UInt8.self) == UInt8(number) { seen.append(number) }
        }
      }
    }
    #expect(batches > 3)
    #expect(seen.sorted() == Array(0..<100))
  }

  @Test("A sweep applies the lock flag to each value")
  func lock() throws {
    let map = try MapHandle.locked(.hash)
    try map.update(UInt32(1).bytes, to: UInt32(5).bytes + [0, 0, 0, 0], flags: .lock)
    #expect(try map.entries(flags: .lock).map { Array($0.value.prefix(4)) } == [UInt32(5).bytes])
    let unlocked = try MapHandle.fixture(.hash)
    try unlocked.fill([1])
    let error = #expect(throws: BPFError.self) { try unlocked.entries(flags: .lock) }
    #expect(error?.errno == .invalidArgument)
  }

  @Test("A write-only handle cannot sweep")
  func writeOnly() throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill([1])
    let writer = try MapHandle(id: map.id, access: .writeOnly)
    for read in [{ _ = try writer.entries() }, { _ = try writer.keys() }, { _ = try writer.count() }] {
      let error = #expect(throws: BPFError.self) { try read() }
      #expect(error?.code == .writeOnly)
    }
  }

  // MARK: - Stopping early

  @Test("An error thrown by the closure stops the sweep, and is rethrown")
  func ownError() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 100)
    try map.fill(0..<100)
    var batches = 0
    let error = #expect(throws: BPFError.self) {
      try map.forEachBatch(batchSize: 10) { _ throws(BPFError) in
        batches += 1
        throw BPFError(.sweep, .unavailable, "enough")
      }
    }
    #expect(error?.explanation == "enough")
    #expect(batches == 1)
  }

  @Test("A copy of a sweep continues at the same position")
  func copiedSweep() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 100)
    try map.fill(0..<100)
    var sweep = map.sweep(batchSize: 20)
    let first = Self.numbers(try #require(try sweep.next()).map(\.key))
    var copy = sweep
    func rest(_ sweep: inout MapSweep) throws -> [UInt32] {
      var keys: [[UInt8]] = []
      while let batch = try sweep.next() { keys += batch.map(\.key) }
      return Self.numbers(keys)
    }
    let (one, two) = (try rest(&sweep), try rest(&copy))
    #expect(one == two)
    #expect((first + one).sorted() == Array(0..<100))
  }
}

extension RawSpan {
  /// Returns the integer at a byte offset.
  func integer<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int = 0, as: Integer.Type) -> Integer
  {
    precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= byteCount)
    return unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
  }
}
