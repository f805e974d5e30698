//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference

extension Workload {
  /// Reads whole hash maps.
  static func hashSweeps(_ count: Int) -> [Workload] {
    let name = "hash-\(count)"
    return [
      whole(name, "read-steps", count) {
        let map = try HashMap.filled(count)
        let handle = map.handle
        return [
          Implementation("C") { _ in reference_walk(map.descriptor) },
          Implementation("[UInt8]") { _ in
            var sum: UInt64 = 0
            var last: [UInt8]?
            while let key = try handle.nextKey(after: last) {
              let value = try handle.lookup(key) ?? []
              sum &+= UInt64(key.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) })
              sum &+= value.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
              last = key
            }
            return sum
          },
        ]
      },
      whole(name, "read-entries", count) { entries(of: try HashMap.filled(count)) },
      whole(name, "read-batches", count) { batches(of: try HashMap.filled(count)) },
    ]
  }

  /// Returns implementations that read all elements into memory and add them up.
  static func entries<Map: ValueMap>(of map: Map) -> [Implementation]
  where Map.Key == UInt32, Map.Value == UInt64 {
    let batchSize = Result { try map.batchSize() }
    return [
      Implementation("C") { _ in
        reference_entries(map.descriptor, map.maxEntries, 1, try batchSize.get())
      },
      Implementation("entries()") { _ in sum(try map.handle.entries()) },
      Implementation("typed entries()") { _ in sum(try map.entries()) },
    ]
  }

  /// Returns implementations that read all elements batch by batch and add them up.
  static func batches<Map: ValueMap>(of map: Map, batchSize: Int? = nil) -> [Implementation]
  where Map.Key == UInt32, Map.Value == UInt64 {
    let size = Result { try batchSize ?? map.batchSize() }
    return [
      Implementation("C") { _ in reference_batches(map.descriptor, map.maxEntries, 1, try size.get()) },
      Implementation("forEachBatch") { _ in
        var total: UInt64 = 0
        try map.handle.forEachBatch(batchSize: batchSize) { batch in total &+= sum(batch) }
        return total
      },
      Implementation("typed forEachBatch") { _ in
        var total: UInt64 = 0
        try map.forEachBatch(batchSize: batchSize) { batch in total &+= sum(batch) }
        return total
      },
    ]
  }

  private static func sum(_ entries: MapEntries) -> UInt64 {
    entries.withBytes { keys, values in
      var sum: UInt64 = 0
      for offset in stride(from: 0, to: keys.byteCount, by: 4) {
        sum &+= UInt64(keys.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      for offset in stride(from: 0, to: values.byteCount, by: 8) {
        sum &+= values.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      }
      return sum
    }
  }

  private static func sum(_ entries: TypedEntries<UInt32, UInt64>) -> UInt64 {
    var sum: UInt64 = 0
    for (key, value) in entries { sum &+= UInt64(key) &+ value }
    return sum
  }
}

// MARK: - Batch sizes

extension Workload {
  /// Compares batches of all sizes in the C loop over all elements, with the library's default size first.
  ///
  /// The default batch size is based on these measurements.
  static var batchSizes: [Workload] {
    [8, 256, 4096].flatMap { valueSize in
      let count = min(1_000_000, 64 << 20 / valueSize)
      return [MapType.hash, .array].map { type in
        whole("\(type)-\(count)-of-\(valueSize)", "batch-size", count, isOnDemand: true) {
          let handle = try MapHandle(
            type: type, name: "bench", keySize: 4, valueSize: valueSize, maxEntries: count)
          let value = [UInt8](repeating: 1, count: valueSize)
          for key in Keys.bytes(Keys.shuffled(0..<UInt32(count))) { try handle.update(key, to: value) }
          return try sizes(of: handle)
        }
      }
    }
  }

  private static func sizes(of handle: MapHandle) throws -> [Implementation] {
    let array = try MapHandle(
      type: .array, keySize: handle.keySize, valueSize: handle.valueSize, maxEntries: handle.maxEntries)
    var sweep = array.sweep()
    let chosen = try sweep.next()?.count ?? 1
    let sizes = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]
    return ([chosen] + sizes.filter { $0 * handle.valueSize <= 128 << 20 }).enumerated().map { index, size in
      Implementation(index == 0 ? "\(size), the default" : "\(size)") { _ in
        let descriptor = handle.withFileDescriptor { $0.rawValue }
        return reference_batches(descriptor, handle.maxEntries, handle.valueSize / 8, size)
      }
    }
  }
}
