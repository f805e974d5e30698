//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference

extension Workload {
  /// Operations on single elements of a hash map, with one system call each.
  static func hashElements(_ count: Int) -> [Workload] {
    let name = "hash-\(count)"
    let (present, absent) = (0..<UInt32(count), UInt32(count)..<2 * UInt32(count))
    return [
      each(name, "lookup-hit", of: Keys.listed) {
        lookups(in: try HashMap.filled(count), Keys.list(present))
      },
      each(name, "lookup-miss", of: Keys.listed, succeeds: false) {
        lookups(in: try HashMap.filled(count), Keys.list(absent))
      },
      each(name, "update", of: Keys.listed) {
        updates(of: try HashMap.filled(count), Keys.list(present))
      },
      each(name, "contains", of: Keys.listed) {
        let (map, keys) = (try HashMap.filled(count), Keys.list(0..<2 * UInt32(count)))
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) { reference_count_present(map.descriptor, $0, $1) }
          },
          Implementation("typed") { window in try countPresent(keys, window, in: map) },
        ]
      },
      each(name, "delete-miss", of: Keys.listed, succeeds: false) {
        let (map, keys) = (try HashMap.filled(count), Keys.list(absent))
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) { reference_delete_absent(map.descriptor, $0, $1) }
          },
          Implementation("typed") { window in try deleteAbsent(keys, window, in: map) },
        ]
      },
      each(name, "insert-take", of: Keys.listed) {
        let (map, keys) = (try HashMap.filled(count, spare: 1), Keys.list(absent))
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) { reference_insert_take(map.descriptor, $0, $1) }
          },
          Implementation("typed") { window in try insertAndTake(keys, window, in: map) },
        ]
      },
      each(name, "insert-delete", of: Keys.listed) {
        let (map, keys) = (try HashMap.filled(count, spare: 1), Keys.list(absent))
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) {
              reference_insert_delete(map.descriptor, $0, $1)
            }
          },
          Implementation("typed") { window in try insertAndDelete(keys, window, in: map) },
        ]
      },
    ]
  }

  // The loops over typed maps are separate functions that take a map, as in real programs.

  /// Returns the sum of the values of keys.
  @inline(never)
  private static func sum<Map: ValueMap>(
    of keys: [UInt32], _ window: Range<Int>, in map: Map
  ) throws -> UInt64 where Map.Key == UInt32, Map.Value == UInt64 {
    var sum: UInt64 = 0
    for index in window { if let value = try map.lookup(keys[index]) { sum &+= value } }
    return sum
  }

  /// Sets the values of keys to twice the keys.
  @inline(never)
  private static func double<Map: ValueMap>(
    _ keys: [UInt32], _ window: Range<Int>, in map: Map
  ) throws -> UInt64 where Map.Key == UInt32, Map.Value == UInt64 {
    for index in window { try map.update(keys[index], to: UInt64(keys[index]) * 2) }
    return UInt64(window.count)
  }

  @inline(never)
  private static func countPresent(
    _ keys: [UInt32], _ window: Range<Int>, in map: HashMap<UInt32, UInt64>
  ) throws -> UInt64 {
    var present: UInt64 = 0
    for index in window where try map.contains(keys[index]) { present += 1 }
    return present
  }

  @inline(never)
  private static func deleteAbsent(
    _ keys: [UInt32], _ window: Range<Int>, in map: HashMap<UInt32, UInt64>
  ) throws -> UInt64 {
    var absent: UInt64 = 0
    for index in window where try !map.delete(keys[index]) { absent += 1 }
    return absent
  }

  @inline(never)
  private static func insertAndDelete(
    _ keys: [UInt32], _ window: Range<Int>, in map: HashMap<UInt32, UInt64>
  ) throws -> UInt64 {
    for index in window {
      try map.update(keys[index], to: UInt64(keys[index]) * 2)
      try map.delete(keys[index])
    }
    return UInt64(window.count)
  }

  @inline(never)
  private static func insertAndTake(
    _ keys: [UInt32], _ window: Range<Int>, in map: HashMap<UInt32, UInt64>
  ) throws -> UInt64 {
    var sum: UInt64 = 0
    for index in window {
      try map.update(keys[index], to: UInt64(keys[index]) * 2)
      if let value = try map.lookupAndDelete(keys[index]) { sum &+= value }
    }
    return sum
  }

  @inline(never)
  private static func pushAndPop(
    _ keys: [UInt32], _ window: Range<Int>, in map: QueueMap<UInt64>
  ) throws -> UInt64 {
    var sum: UInt64 = 0
    for index in window {
      try map.push(UInt64(keys[index]) * 2)
      if let value = try map.pop() { sum &+= value }
    }
    return sum
  }

  /// Operations on elements of a map without keys.
  static var queue: [Workload] {
    [
      each("queue-1000", "push-pop", of: Keys.listed) {
        let (map, keys) = (try QueueMap<UInt64>(name: "bench", maxEntries: 1000), Keys.list(0..<1000))
        return [
          Implementation("C") { window in
            keys.withPointer(to: window) { reference_push_pop(map.descriptor, $0, $1) }
          },
          Implementation("typed") { window in try pushAndPop(keys, window, in: map) },
        ]
      }
    ]
  }

  /// Returns implementations of look-ups through every API.
  static func lookups<Map: ValueMap>(
    in map: Map, _ keys: [UInt32]
  ) -> [Implementation] where Map.Key == UInt32, Map.Value == UInt64 {
    let (handle, keysAsBytes) = (map.handle, Keys.bytes(keys))
    return [
      Implementation("C") { window in
        keys.withPointer(to: window) {
          reference_lookup(map.descriptor, $0, $1)
        }
      },
      Implementation("typed") { window in try sum(of: keys, window, in: map) },
      Implementation("RawSpan") { window in
        var sum: UInt64 = 0
        var value: [UInt64] = [0]
        var span = value.mutableSpan
        var bytes = span.mutableBytes
        let keys = keys.span.bytes
        for index in window {
          if try handle.lookup(keys.extracting(index * 4..<index * 4 + 4), into: &bytes) {
            sum &+= bytes.unsafeLoad(as: UInt64.self)
          }
        }
        return sum
      },
      Implementation("[UInt8]") { window in
        var sum: UInt64 = 0
        for index in window {
          if let value = try handle.lookup(keysAsBytes[index]) {
            sum &+= value.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
          }
        }
        return sum
      },
    ]
  }

  /// Returns implementations of updates through every API.
  static func updates<Map: ValueMap>(
    of map: Map, _ keys: [UInt32]
  ) -> [Implementation] where Map.Key == UInt32, Map.Value == UInt64 {
    let (handle, keysAsBytes) = (map.handle, Keys.bytes(keys))
    return [
      Implementation("C") { window in
        keys.withPointer(to: window) {
          reference_update(map.descriptor, $0, $1)
        }
      },
      Implementation("typed") { window in try double(keys, window, in: map) },
      Implementation("RawSpan") { window in
        var value: [UInt64] = [0]
        let bytes = keys.span.bytes
        for index in window {
          value[0] = UInt64(keys[index]) * 2
          try handle.update(bytes.extracting(index * 4..<index * 4 + 4), to: value.span.bytes)
        }
        return UInt64(window.count)
      },
      Implementation("[UInt8]") { window in
        var value = [UInt8](repeating: 0, count: 8)
        for index in window {
          value.withUnsafeMutableBytes { $0.storeBytes(of: UInt64(keys[index]) * 2, as: UInt64.self) }
          try handle.update(keysAsBytes[index], to: value)
        }
        return UInt64(window.count)
      },
    ]
  }
}
