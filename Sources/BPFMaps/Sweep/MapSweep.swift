//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A sweep: one pass over all elements of a map, batch by batch.
///
/// ```swift
/// let map = try MapHandle(name: "hits")
/// var sweep = map.sweep()
/// while let batch = try sweep.next() {
///   for (key, value) in batch { print(key, value) }
/// }
/// ```
///
/// A sweep holds one batch in memory. Where the list below says so, it also holds all keys.
///
/// Guarantees while the map changes during the sweep:
///
/// - Hash maps other than rhash, arrays, and arrays of maps: a key that is in the map during the whole sweep appears
///   exactly once. Keys inserted or deleted during the sweep may or may not appear. No key appears twice.
/// - Stack traces and all types with indices: the same. If the current key is deleted, the kernel starts over; the
///   sweep then skips keys that it has already seen, by their order.
/// - Stack traces: a trace may be missed while another reader copies it, since the kernel removes it from the map for
///   that moment.
/// - LPM tries: no key appears twice, also by order. But a key may be missed although it is in the map during the
///   whole sweep: beside a concurrent writer, the kernel sometimes skips the neighbors of a node that is being
///   replaced (on Linux 6.18 in about one of 500 sweeps beside a continuous writer). User space cannot detect this; a
///   second sweep finds the key.
/// - devmap_hash, sockhash, cgroup storage, and hash maps before Linux 5.6: the same as for hash maps, but the sweep
///   remembers all keys it has seen, so memory grows with the map.
/// - rhash: no key appears twice, since the sweep remembers all keys. But a key may be missed if the kernel resizes the
///   table meanwhile, which it does after insertions and deletions.
/// - LRU maps may evict any element at any time; elements that stay are not missed.
///
/// Each value is one that the element had at some moment during the sweep. The elements together are not a snapshot:
/// they may never have been in the map at the same time.
public struct MapSweep: Sendable {
  private var engine: SweepEngine
  private var buffer: MapEntries

  init(_ map: MapHandle, batchSize: Int?, flags: MapFlags, wantsValues: Bool = true) {
    engine = SweepEngine(map, batchSize: batchSize, flags: flags, wantsValues: wantsValues)
    buffer = MapEntries(of: map)
  }

  /// Returns the next batch.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`; for types without batches one or two for each element. No allocation
  /// after the first call, unless the caller keeps earlier batches.
  ///
  /// - Returns: at least one element, or nil at the end.
  /// - Throws: `BPFError`; `.unsupported`, with the reason, if maps of this type cannot be swept; `.changing` if
  ///   concurrent deletions prevent progress, which is possible for LPM tries and for types without batches.
  public mutating func next() throws(BPFError) -> MapEntries? {
    buffer.removeAll()
    try engine.append(to: &buffer)
    return buffer.isEmpty ? nil : buffer
  }
}

// MARK: - Batch size

extension MapHandle {
  /// The default number of elements in a batch.
  ///
  /// Measured (`Benchmarks`, the workloads `batch-size`, Linux 6.18): the kernel's cost for each small element is
  /// about the same in batches of 256 to 65,536, and a fifth higher in batches of 16. Below that the cost of the
  /// system call shows, and hash buckets do not fit. Elements of 4 KiB cost about the same in batches of 16 to 256,
  /// but a fifth to a third more if a batch takes 4 MiB, and four times as much at 32 MiB. So a batch has 256 KiB of
  /// keys and values, at most 4096 elements and at least 16.
  var defaultBatchSize: Int {
    let elementSize = max(1, keySize + valueStride)
    let fitting = min(4096, max(16, 256 * 1024 / elementSize))
    return usefulBatch(fitting)
  }
}

extension MapType {
  /// Whether maps of this type always have `max_entries` elements.
  package var isAlwaysFull: Bool { facts.capacity == .alwaysFull }
}
