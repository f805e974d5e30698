//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests two writers and two readers of one typed map for a second.
@Suite("Typed maps under load", .kernel, .serialized)
struct TypedConcurrencyTests {
  /// Keys below this number stay, and are written all the time. Later keys are inserted and deleted.
  static let staying: UInt32 = 512
  static let coming: UInt32 = 512
  static let duration = Duration.seconds(1)

  /// Returns a value with its key and its generation. A read value must belong to its key, and its generation must not
  /// decrease.
  static func value(_ key: UInt32, _ generation: UInt32) -> UInt64 { UInt64(key) << 32 | UInt64(generation) }
  static func owner(_ value: UInt64) -> UInt32 { UInt32(value >> 32) }
  static func generation(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }

  /// The operations on a typed map of any kind.
  struct MapOperations: Sendable {
    var insert: @Sendable (UInt32, UInt32) throws -> Void
    var delete: @Sendable (UInt32) throws -> Void
    var fill: @Sendable (Range<UInt32>) throws -> Void
    /// Returns the keys with all their values.
    var sweep: @Sendable () throws -> [(UInt32, [UInt64])]
    var lookup: @Sendable (UInt32) throws -> [UInt64]?
  }

  @Test("Hash maps", .kernel(since: "5.14"), arguments: [MapCreateFlags(), .noPrealloc])
  func hash(flags: MapCreateFlags) throws {
    // Leaves spare capacity, because replacing an element needs another one for a moment.
    let map = try HashMap<UInt32, UInt64>(maxEntries: 8192, options: MapOptions(flags: flags))
    try Self.run(Self.operations(map))
  }

  @Test("LRU hash maps", .kernel(since: "5.14"))
  func lruHash() throws { try Self.run(Self.operations(LRUHashMap<UInt32, UInt64>(maxEntries: 32_768))) }

  @Test("Per-CPU hash maps", .kernel(since: "5.14"))
  func perCPUHash() throws { try Self.run(Self.operations(PerCPUHashMap<UInt32, UInt64>(maxEntries: 8192))) }

  @Test("LRU per-CPU hash maps", .kernel(since: "5.14"))
  func lruPerCPUHash() throws {
    try Self.run(Self.operations(LRUPerCPUHashMap<UInt32, UInt64>(maxEntries: 32_768)))
  }

  static func operations<Map: ValueMap & DrainableMap>(_ map: Map) -> MapOperations
  where Map.Key == UInt32, Map.Value == UInt64 {
    MapOperations(
      insert: { try map.update($0, to: value($0, $1)) },
      delete: { _ = $0 % 3 == 0 ? try map.delete($0) : try map.lookupAndDelete($0) != nil },
      fill: { try map.update(contentsOf: $0.map { ($0, value($0, 0)) }) },
      sweep: { try map.entries().map { ($0.key, [$0.value]) } },
      lookup: { try map.lookup($0).map { [$0] } })
  }

  static func operations<Map: PerCPUMap & DrainableMap>(_ map: Map) -> MapOperations
  where Map.Key == UInt32, Map.Value == UInt64 {
    MapOperations(
      insert: { try map.update($0, toAll: value($0, $1)) },
      delete: { _ = $0 % 3 == 0 ? try map.delete($0) : try map.lookupAndDelete($0) != nil },
      fill: { for key in $0 { try map.update(key, toAll: value(key, 0)) } },
      sweep: { try map.entries().map { ($0.key, Array($0.values)) } },
      lookup: { try map.lookup($0).map(Array.init) })
  }

  // MARK: - Workload

  static func run(_ map: MapOperations) throws {
    try map.fill(0..<staying)
    let end = ContinuousClock.now + duration
    let writers = (0..<2).map { (number: UInt32) in
      Worker.start { try write(map, number, until: end) }
    }
    let sweeper = Worker.start { try sweep(map, until: end) }
    let looker = Worker.start { try look(map, until: end) }
    let rounds = try writers.map { try $0.join() ?? 0 }
    #expect(rounds.allSatisfy { $0 > 0 })
    #expect(try sweeper.join() ?? 0 > 0)
    #expect(try looker.join() ?? 0 > 0)

    // After the workload, the map contains exactly the last written elements.
    let rest = try map.sweep()
    #expect(Set(rest.map(\.0)).isSuperset(of: 0..<staying))
    #expect(rest.count == Set(rest.map(\.0)).count)
    for (key, values) in rest where key < staying {
      #expect(values.allSatisfy { $0 == value(key, rounds[Int(key % 2)]) })
    }
  }

  /// Writes the staying keys of one parity, with the next generation in each round, and inserts and deletes others.
  static func write(_ map: MapOperations, _ number: UInt32, until end: ContinuousClock.Instant) throws
    -> UInt32
  {
    var generation: UInt32 = 0
    while ContinuousClock.now < end {
      generation += 1
      for key in stride(from: number, to: staying, by: 2) {
        try map.insert(key, generation)
        let guest = staying + (key &* 7 &+ generation) % coming
        if key % 4 < 2 { try map.insert(guest, generation) } else { try map.delete(guest) }
      }
    }
    return generation
  }

  /// Expects each staying key exactly once, with its own value and a generation that does not decrease.
  static func sweep(_ map: MapOperations, until end: ContinuousClock.Instant) throws -> Int {
    var newest = [UInt32](repeating: 0, count: Int(staying))
    var sweeps = 0
    while ContinuousClock.now < end {
      var seen = [Int](repeating: 0, count: Int(staying + coming))
      for (key, values) in try map.sweep() {
        seen[Int(key)] += 1
        try #require(values.allSatisfy { owner($0) == key })
        guard key < staying else { continue }
        let oldest = values.map(generation).min() ?? 0
        try #require(oldest >= newest[Int(key)])
        newest[Int(key)] = oldest
      }
      try #require(seen[..<Int(staying)].allSatisfy { $0 == 1 })
      try #require(seen.allSatisfy { $0 <= 1 })
      sweeps += 1
    }
    return sweeps
  }

  /// Expects that no staying key is missing.
  ///
  /// The value's memory may belong to another element when it is read, as the kernel allows for look-ups without a
  /// lock. The value's owner shows that.
  static func look(_ map: MapOperations, until end: ContinuousClock.Instant) throws -> Int {
    var lookups = 0
    while ContinuousClock.now < end {
      for key in 0..<staying {
        try #require(try map.lookup(key) != nil, "key \(key) is missing")
        lookups += 1
      }
    }
    return lookups
  }
}
