//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference

// MARK: - Arrays

extension Workload {
  /// Operations on array maps.
  static var arrays: [Workload] {
    [
      each("array-1000", "lookup-hit", of: Keys.listed) {
        lookups(in: try filledArray(1000), Keys.list(0..<1000))
      },
      each("array-1000", "update", of: Keys.listed) {
        updates(of: try filledArray(1000), Keys.list(0..<1000))
      },
      whole("array-1000000", "read-entries", 1_000_000) { entries(of: try filledArray(1_000_000)) },
      whole("array-1000000", "read-batches", 1_000_000) { batches(of: try filledArray(1_000_000)) },
    ]
  }

  private static func filledArray(_ count: Int) throws -> ArrayMap<UInt64> {
    let map = try ArrayMap<UInt64>(name: "bench", maxEntries: count)
    try map.update(contentsOf: (0..<UInt32(count)).lazy.map { ($0, UInt64($0) * 2) })
    return map
  }
}

// MARK: - In memory

extension Workload {
  /// Reads of arrays mapped into memory, once by the library and once by C.
  static var mapped: [Workload] {
    [
      whole("mapped-array-1000", "read", 1000) {
        let map = try filledMapping(1000)
        let elements = reference_map(map.descriptor, map.count)
        return [
          Implementation("C") { _ in reference_read_mapped(elements, map.count) },
          Implementation("for-in") { _ in sum(of: map) },
          Implementation("by index") { _ in sumByIndex(of: map) },
        ]
      },
      each("mapped-array-1000", "read-at-random", of: Keys.listed) {
        let (map, indices) = (try filledMapping(1000), Keys.list(0..<1000))
        let elements = reference_map(map.descriptor, map.count)
        return [
          Implementation("C") { window in
            indices.withPointer(to: window) {
              reference_gather_mapped(elements, $0, $1)
            }
          },
          Implementation("by index") { window in sum(at: indices, window, of: map) },
        ]
      },
      each("mapped-array-1024", "read-wrapping", of: Keys.listed) {
        let (map, indices) = (try filledMapping(1024), Keys.list(0..<1024))
        let elements = reference_map(map.descriptor, map.count)
        let table = try map.wrapping()
        return [
          Implementation("C") { window in
            indices.withPointer(to: window) {
              reference_gather_mapped(elements, $0, $1)
            }
          },
          Implementation("wrapping") { window in sum(at: indices, window, of: table) },
        ]
      },
    ]
  }

  @inline(never)
  private static func sum(of map: MappedArray<UInt64>) -> UInt64 {
    var sum: UInt64 = 0
    for value in map { sum &+= value }
    return sum
  }

  @inline(never)
  private static func sumByIndex(of map: MappedArray<UInt64>) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<map.count { sum &+= map[index] }
    return sum
  }

  @inline(never)
  private static func sum(
    at indices: [UInt32], _ window: Range<Int>, of map: MappedArray<UInt64>
  ) -> UInt64 {
    var sum: UInt64 = 0
    for index in window { sum &+= map[Int(indices[index])] }
    return sum
  }

  @inline(never)
  private static func sum(
    at indices: [UInt32], _ window: Range<Int>, of table: WrappingElements<UInt64>
  ) -> UInt64 {
    var sum: UInt64 = 0
    for index in indices[window] { sum &+= table[Int(index)] }
    return sum
  }

  private static func filledMapping(_ count: Int) throws -> MappedArray<UInt64> {
    let map = try MappedArray<UInt64>(name: "bench", maxEntries: count)
    for index in map.indices { try map.update(index, to: UInt64(index) * 2) }
    return map
  }
}

// MARK: - Per CPU

extension Workload {
  /// Operations on maps with a value for each possible CPU.
  static var perCPU: [Workload] {
    [
      each("percpu-array-1000", "lookup-hit", of: Keys.listed) {
        let map = try PerCPUArrayMap<UInt64>(name: "bench", maxEntries: 1000)
        for index in 0..<1000 { try map.update(index, toAll: UInt64(index) * 2) }
        let (keys, cpus) = (Keys.list(0..<1000), try PossibleCPUs.current().count)
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) {
              reference_lookup_per_cpu(
                map.descriptor, $0, $1, cpus)
            }
          },
          Implementation("typed lookup(into:)") { window in try sum(of: keys, window, in: map) },
          Implementation("typed") { window in try sumOfValues(of: keys, window, in: map) },
        ]
      },
      each("percpu-array-1000", "update", of: Keys.listed) {
        let map = try PerCPUArrayMap<UInt64>(name: "bench", maxEntries: 1000)
        let (keys, cpus) = (Keys.list(0..<1000), try PossibleCPUs.current().count)
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) {
              reference_update_per_cpu(
                map.descriptor, $0, $1, cpus)
            }
          },
          Implementation("typed") { window in try double(keys, window, in: map) },
        ]
      },
      whole("percpu-hash-100000", "read-entries", 100_000) {
        let map = try filledPerCPU(100_000)
        let (cpus, batchSize) = (try PossibleCPUs.current().count, try map.batchSize())
        return [
          Implementation("C") { _ in reference_entries(map.descriptor, map.maxEntries, cpus, batchSize) },
          Implementation("typed entries()") { _ in sum(try map.entries()) },
        ]
      },
      whole("percpu-hash-100000", "read-batches", 100_000) {
        let map = try filledPerCPU(100_000)
        let (cpus, batchSize) = (try PossibleCPUs.current().count, try map.batchSize())
        return [
          Implementation("C") { _ in reference_batches(map.descriptor, map.maxEntries, cpus, batchSize) },
          Implementation("typed forEachBatch") { _ in
            var total: UInt64 = 0
            try map.forEachBatch { batch in total &+= sum(batch) }
            return total
          },
        ]
      },
    ]
  }

  @inline(never)
  private static func sum(
    of keys: [UInt32], _ window: Range<Int>, in map: PerCPUArrayMap<UInt64>
  ) throws -> UInt64 {
    var sum: UInt64 = 0
    var values = PerCPUValues<UInt64>()
    for index in window where try map.lookup(keys[index], into: &values) { sum &+= values.sum() }
    return sum
  }

  @inline(never)
  private static func sumOfValues(
    of keys: [UInt32], _ window: Range<Int>, in map: PerCPUArrayMap<UInt64>
  ) throws -> UInt64 {
    var sum: UInt64 = 0
    for index in window { if let values = try map.lookup(keys[index]) { sum &+= values.sum() } }
    return sum
  }

  @inline(never)
  private static func double(
    _ keys: [UInt32], _ window: Range<Int>, in map: PerCPUArrayMap<UInt64>
  ) throws -> UInt64 {
    for index in window { try map.update(keys[index], toAll: UInt64(keys[index]) * 2) }
    return UInt64(window.count)
  }

  private static func sum(_ entries: PerCPUEntries<UInt32, UInt64>) -> UInt64 {
    var sum: UInt64 = 0
    for (key, values) in entries { sum &+= UInt64(key) &+ values.sum() }
    return sum
  }

  private static func filledPerCPU(_ count: Int) throws -> PerCPUHashMap<UInt32, UInt64> {
    let map = try PerCPUHashMap<UInt32, UInt64>(name: "bench", maxEntries: count)
    for key in Keys.shuffled(0..<UInt32(count)) { try map.update(key, toAll: UInt64(key) * 2) }
    return map
  }
}
