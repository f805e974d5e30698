//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// One passage through all elements of a map, batch by batch, in constant memory.
///
/// ```swift
/// let map = try MapHandle(name: "hits")
/// var sweep = map.sweep()
/// while let batch = try sweep.next() {
///   for (key, value) in batch { print(key, value) }
/// }
/// ```
///
/// What holds while the map changes during the sweep:
///
/// - Hash maps of all kinds, arrays, and arrays of maps: a key that is there throughout appears exactly once.
///   Keys inserted or deleted meanwhile may appear or not. No key appears twice.
/// - Stack traces and everything by index: the same. Where the kernel starts over because the key it stood on was
///   deleted, keys already seen are told by their order and left out.
/// - Of stack traces, one that another reader is just copying may be missed: the kernel takes it out of the map for
///   that moment.
/// - LPM tries: no key appears twice, told by their order too. But a key that is there throughout may be missed:
///   stepping beside a writer, the kernel now and then passes over the neighbours of a node that is just being
///   replaced (on Linux 6.18 in about one of 500 passages beside a writer that never rests). It says nothing, so
///   that nobody in user space can tell; a second sweep finds the key.
/// - devmap_hash, sockhash, cgroup storages, and hash maps on kernels before 5.6: the same, but the keys already
///   seen must be remembered, so memory grows with the map.
/// - LRU maps may evict any element at any time; none that stays is missed.
///
/// Each value is one the element had at some moment during the sweep; the elements together need never have
/// been in the map at one time.
public struct MapSweep: Sendable {
  private var engine: SweepEngine
  private var buffer: MapEntries

  init(_ map: MapHandle, batchSize: Int?, flags: MapFlags, wantsValues: Bool = true) {
    engine = SweepEngine(map, batchSize: batchSize, flags: flags, wantsValues: wantsValues)
    buffer = MapEntries(of: map)
  }

  /// The next elements.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`; for types without batches one or two for each element.
  /// No allocation after the first call, as long as the elements returned before are not kept.
  ///
  /// - Returns: at least one element, or nil at the end.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if the map cannot be read whole, with the reason;
  ///   `BPFError.Code.changing` if other writers kept the sweep from getting ahead, which concerns types
  ///   without batches only.
  public mutating func next() throws(BPFError) -> MapEntries? {
    buffer.removeAll()
    try engine.append(to: &buffer)
    return buffer.isEmpty ? nil : buffer
  }
}

// MARK: - Batch size

extension MapHandle {
  /// How many elements a batch has unless asked otherwise.
  ///
  /// Measured (`Benchmarks`, the workloads `batch-size`, Linux 6.18): small elements cost the kernel about the same for
  /// each in batches of 256 to 65,536, and a fifth more in those of 16, below which the system call shows and buckets
  /// of a hash map do not fit. Elements of 4 KiB cost about the same in batches of 16 to 256, but a fifth to a third
  /// more where a batch takes 4 MiB, and four times as much at 32 MiB. So: 256 KiB of keys and values, at most 4096
  /// elements and at least 16.
  var defaultBatchSize: Int {
    let elementSize = max(1, keySize + valueStride)
    let fitting = min(4096, max(16, 256 * 1024 / elementSize))
    return usefulBatch(fitting)
  }
}

extension MapType {
  /// Whether maps of this type have as many elements as they can, always.
  var isAlwaysFull: Bool { self == .array || self == .perCPUArray }
}
