//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference

extension Workload {
  /// Fills and empties hash maps.
  static func hashWrites(_ count: Int) -> [Workload] {
    let name = "hash-\(count)"
    return [
      whole(name, "fill-one-by-one", count) {
        let (map, keys, empty) = try emptyMap(count)
        return [
          Implementation("C", prepare: empty) { _ in reference_update(map.descriptor, keys, count) },
          Implementation("typed", prepare: empty) { _ in
            for key in keys { try map.update(key, to: UInt64(key) * 2) }
            return UInt64(count)
          },
        ]
      },
      whole(name, "fill-batch", count) {
        let (map, keys, empty) = try emptyMap(count)
        let batchSize = try map.batchSize()
        return [
          Implementation("C", prepare: empty) { _ in reference_fill(map.descriptor, keys, count, batchSize) },
          Implementation("typed update(contentsOf:)", prepare: empty) { _ in
            UInt64(try map.update(contentsOf: keys.lazy.map { ($0, UInt64($0) * 2) }))
          },
        ]
      },
      whole(name, "fill-batch-ready", count) {
        let (map, keys, empty) = try emptyMap(count)
        let (values, batchSize) = (keys.map { UInt64($0) * 2 }, try map.batchSize())
        return [
          Implementation("C", prepare: empty) { _ in
            reference_fill_ready(map.descriptor, keys, values, count, batchSize)
          },
          Implementation("updateBatch", prepare: empty) { _ in
            var done = 0
            for start in stride(from: 0, to: count, by: batchSize) {
              let range = start..<min(start + batchSize, count)
              done += try map.handle.updateBatch(
                keys: keys.span.extracting(range).bytes, values: values.span.extracting(range).bytes,
                count: range.count)
            }
            return UInt64(done)
          },
        ]
      },
      whole(name, "delete-batch", count) {
        let (map, keys) = (try HashMap<UInt32, UInt64>.filled(count), Keys.shuffled(0..<UInt32(count)))
        let (fill, batchSize) = (fill(map, keys), try map.batchSize())
        return [
          Implementation("C", prepare: fill) { _ in
            reference_delete(map.descriptor, keys, count, batchSize)
          },
          Implementation("typed deleteAll(_:)", prepare: fill) { _ in UInt64(try map.deleteAll(keys)) },
          Implementation("deleteBatch", prepare: fill) { _ in
            var done = 0
            for start in stride(from: 0, to: count, by: batchSize) {
              let range = start..<min(start + batchSize, count)
              done += try map.handle.deleteBatch(keys: keys.span.extracting(range).bytes, count: range.count)
            }
            return UInt64(done)
          },
        ]
      },
      whole(name, "delete-all", count) {
        let (map, keys) = (try HashMap<UInt32, UInt64>.filled(count), Keys.shuffled(0..<UInt32(count)))
        let (fill, batchSize) = (fill(map, keys), try map.batchSize())
        return [
          Implementation("C", prepare: fill) { _ in
            reference_delete_all(map.descriptor, count, 1, batchSize)
          },
          Implementation("deleteAll()", prepare: fill) { _ in UInt64(try map.deleteAll()) },
        ]
      },
    ]
  }

  private static func emptyMap(_ count: Int) throws -> (HashMap<UInt32, UInt64>, [UInt32], () throws -> Void)
  {
    let map = try HashMap<UInt32, UInt64>(name: "bench", maxEntries: count)
    return (map, Keys.shuffled(0..<UInt32(count)), { try map.deleteAll() })
  }

  private static func fill(_ map: HashMap<UInt32, UInt64>, _ keys: [UInt32]) -> () throws -> Void {
    let descriptor = map.descriptor
    return { _ = reference_fill(descriptor, keys, keys.count, 4096) }
  }
}
