//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension Log2Histogram {
  /// Reads the slots that programs count in an array: the element at each index is the count of that slot.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, before Linux 5.6 one `BPF_MAP_LOOKUP_ELEM` for each slot.
  ///
  /// - Parameter map: an array of up to 64 counts.
  /// - Throws: `BPFError`; `BPFError.Code.typeMismatch` if the array has more elements than there are slots,
  ///   `BPFError.Code.writeOnly` if the handle may not read.
  public init<Count: FixedWidthInteger>(_ map: ArrayMap<Count>) throws(BPFError) {
    try Self.prove(map.handle)
    self.init(slots: try map.values())
  }

  /// Reads the slots that programs count in a per-CPU array: the counts of all CPUs together.
  ///
  /// A program counts in the element of the CPU it runs on, `*count += 1` on what `bpf_map_lookup_elem` returned, and
  /// waits for no other.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, before Linux 5.13 one `BPF_MAP_LOOKUP_ELEM` for each slot.
  ///
  /// - Parameter map: an array of up to 64 counts.
  /// - Throws: `BPFError`, as for an array that is not per-CPU.
  public init<Count: FixedWidthInteger>(_ map: PerCPUArrayMap<Count>) throws(BPFError) {
    try Self.prove(map.handle)
    self.init(
      slots: try map.values().map { counts in
        counts.reduce(into: UInt64()) { $0.addSaturating(UInt64(clamping: $1)) }
      })
  }

  private static func prove(_ map: MapHandle) throws(BPFError) {
    guard map.maxEntries > UInt64.bitWidth else { return }
    throw map.failure(
      .sweep, .typeMismatch, nil,
      "its \(map.maxEntries) elements are not the slots of a histogram, of which there are at most 64")
  }
}
