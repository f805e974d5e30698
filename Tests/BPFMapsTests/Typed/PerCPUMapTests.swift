//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests per-CPU maps with Swift types.
@Suite("Typed per-CPU maps", .kernel)
struct PerCPUMapTests {
  static let cpuCount = (try? PossibleCPUs.current().count) ?? 0

  static func values(_ start: UInt64) -> [UInt64] { (0..<UInt64(cpuCount)).map { start + $0 } }

  @Test("Writes and reads a value for each possible CPU", .kernel(since: "5.14"))
  func hash() throws {
    let map = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 4)
    #expect(try map[1] == nil)
    try map.update(1, to: Self.values(10))
    let values = try #require(try map[1])
    #expect(Array(values) == Self.values(10))
    #expect(values.sum() == Self.values(10).reduce(0, +))
    #expect(values.reduce(1, *) == Self.values(10).reduce(1, *))
    #expect(try map.handle.lookupPerCPU(UInt32(1).bytes) == Self.values(10).map(\.bytes))
    try map.update(2, toAll: 5)
    #expect(try map[2]?.sum() == 5 * UInt64(Self.cpuCount))
    #expect(try map.lookupAndDelete(1).map(Array.init) == Self.values(10))
    #expect(try map.lookupAndDelete(1) == nil)
    #expect(try map.delete(2))
    #expect(try map.count() == 0)
  }

  @Test("Changes one CPU's value and writes all values back")
  func change() throws {
    let map = try PerCPUArrayMap<UInt32>(maxEntries: 2)
    try map.update(1, toAll: 7)
    var values = try #require(try map[1])
    let copy = values
    values[0] = 100
    #expect(copy[0] == 7)
    try map.update(1, to: values)
    #expect(try map[1].map(Array.init) == [100] + Array(repeating: 7, count: Self.cpuCount - 1))
  }

  @Test(
    "Values occupy slots of a multiple of 8 bytes", arguments: [false, true])
  func slots(isBatch: Bool) throws {
    struct Odd: BitwiseCopyable { var parts: InlineArray<3, UInt32> }
    let bytes = try PerCPUArrayMap<UInt8>(maxEntries: 2)
    let odd = try PerCPUHashMap<UInt8, Odd>(maxEntries: 2)
    let odds = (0..<UInt32(Self.cpuCount)).map { Odd(parts: [$0, $0 + 1, $0 + 2]) }
    let small = (0..<UInt8(Self.cpuCount)).map { $0 }
    if isBatch {
      try bytes.update(contentsOf: [(1, small)])
      try odd.update(contentsOf: [(9, odds)])
    } else {
      try bytes.update(1, to: small)
      try odd.update(9, to: odds)
    }
    #expect(try bytes[1].map(Array.init) == small)
    #expect(try bytes.handle.lookupPerCPU(UInt32(1).bytes) == small.map { [$0] })
    #expect(try odd[9]?.map { $0.parts[2] } == (0..<UInt32(Self.cpuCount)).map { $0 + 2 })
    #expect(try odd.entries().first?.values.last?.parts[0] == UInt32(Self.cpuCount - 1))
  }

  @Test("Sums wrap around like counters")
  func wrap() throws {
    let map = try PerCPUArrayMap<UInt8>(maxEntries: 1)
    try map.update(0, toAll: 200)
    #expect(try map[0]?.sum() == UInt8(truncatingIfNeeded: 200 * Self.cpuCount))
    let signed = try PerCPUArrayMap<Double>(maxEntries: 1)
    try signed.update(0, toAll: 0.5)
    #expect(try signed[0]?.sum() == 0.5 * Double(Self.cpuCount))
  }

  @Test("Refuses a wrong number of values, after writing the elements before it")
  func wrongCount() throws {
    let map = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 4)
    let one = #expect(throws: BPFError.self) { try map.update(1, to: Self.values(1) + [1]) }
    #expect(one?.code == .wrongSize)
    let many = #expect(throws: BPFError.self) {
      try map.update(contentsOf: [(1, Self.values(1)), (2, Self.values(2)), (3, [])])
    }
    #expect(many?.code == .wrongSize && many?.processed == 2)
    #expect(try map.count() == 2)
  }

  @Test("A look-up into values reuses their memory, unless it is shared or belongs to another map")
  func reuse() throws {
    let map = try PerCPUArrayMap<UInt64>(maxEntries: 2)
    let wide = try PerCPUArrayMap<UInt64>(maxEntries: 4)
    try map.update(0, toAll: 1)
    try map.update(1, toAll: 2)
    try wide.update(3, toAll: 3)
    var values = PerCPUValues<UInt64>()
    #expect(values.isEmpty && values.sum() == 0)
    #expect(try map.lookup(5, into: &values) == false)
    #expect(values.isEmpty)
    #expect(try map.lookup(0, into: &values))
    let kept = values
    #expect(try map.lookup(1, into: &values))
    #expect(kept.first == 1 && values.first == 2)
    #expect(try wide.lookup(3, into: &values))
    #expect(values.allSatisfy { $0 == 3 } && values.count == Self.cpuCount)
    #expect(try map.lookup(7, into: &values) == false)
    #expect(values.first == 3)
    // Values from a sweep share its memory, and are not overwritten.
    let entries = try map.entries()
    var second = entries[1].values
    #expect(try map.lookup(0, into: &second))
    #expect(second.first == 1 && entries[1].values.first == 2)
  }

  @Test(
    "Values too large for inline storage use an array, which look-ups reuse and entries share",
    .kernel(since: "5.14"))
  func large() throws {
    struct Wide: BitwiseCopyable { var words: InlineArray<9, UInt64> }
    func wide(_ start: UInt64) -> Wide { Wide(words: InlineArray { start + UInt64($0) }) }
    let map = try PerCPUHashMap<UInt32, Wide>(maxEntries: 4)
    for key in 1...2 as ClosedRange<UInt32> {
      try map.update(key, to: (0..<UInt64(Self.cpuCount)).map { wide(100 * UInt64(key) + 10 * $0) })
    }
    let found = try #require(try map[1])
    #expect(found.map { $0.words[8] } == (0..<UInt64(Self.cpuCount)).map { 108 + 10 * $0 })
    #expect(try map[3] == nil)

    var values = PerCPUValues<Wide>()
    #expect(try map.lookup(1, into: &values))
    let kept = values
    #expect(try map.lookup(2, into: &values))
    #expect(kept[0].words[0] == 100 && values[0].words[0] == 200)
    values[0] = wide(7)
    #expect(values[0].words[8] == 15 && kept[0].words[8] == 108)
    #expect(try map.lookup(3, into: &values) == false)
    #expect(values[0].words[8] == 15)

    let entries = try map.entries()
    var shared = try #require(entries.first { $0.key == 2 }?.values)
    #expect(shared[0].words[0] == 200)
    #expect(try map.lookup(1, into: &shared))
    #expect(shared[0].words[0] == 100)
    #expect(entries.first { $0.key == 2 }?.values[0].words[0] == 200)
    #expect(try map.lookupAndDelete(2)?.first?.words[1] == 201)
  }

  @Test("Sweeps return each element once", arguments: [0, 3, 3000] as [UInt32])
  func sweeps(count: UInt32) throws {
    let map = try LRUPerCPUHashMap<UInt32, UInt64>(maxEntries: 20_000)
    #expect(try map.update(contentsOf: (0..<count).map { ($0, Self.values(UInt64($0))) }) == Int(count))
    let entries = try map.entries()
    #expect(entries.count == Int(count))
    #expect(entries.allSatisfy { Array($0.values) == Self.values(UInt64($0.key)) })
    #expect(try map.values().map { $0.first ?? .max }.sorted() == (0..<UInt64(count)).map { $0 })
    var seen: [UInt32] = []
    try map.forEachBatch(batchSize: 32) { seen += $0.map(\.key) }
    #expect(seen.sorted() == Array(0..<count))
    #expect(try map.drain().count == Int(count))
    #expect(try map.count() == 0)
  }

  @Test("A full LRU map evicts the least recently used element")
  func eviction() throws {
    // An LRU list for each CPU keeps the order strict, and this thread stays on its CPU for long enough.
    let map = try LRUPerCPUHashMap<UInt32, UInt64>(maxEntries: 1024)
    for key in 0..<20_000 as Range<UInt32> { try map.update(key, toAll: 1) }
    let keys = Set(try map.keys())
    #expect(keys.count <= 1024 && !keys.isEmpty)
    #expect(!keys.contains(0) && keys.contains(19_999))
  }
}
