//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension Log2Histogram {
  /// Reads the slots that programs count in an array. The element at each index is the count of that slot.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, before Linux 5.6 one `BPF_MAP_LOOKUP_ELEM` for each slot.
  ///
  /// - Parameter map: an array of up to 64 counts.
  /// - Throws: `BPFError`; `.typeMismatch` if the array has more elements than there are slots, `.writeOnly` if the
  ///   handle may not read.
  public init<Count: FixedWidthInteger>(_ map: ArrayMap<Count>) throws(BPFError) {
    try Self.checkSlotCount(map.handle)
    self.init(slots: try map.values())
  }

  /// Reads the slots that programs count in a per-CPU array, and adds the counts of all CPUs.
  ///
  /// A program increments the element of its own CPU, which `bpf_map_lookup_elem` returns, without waiting for other
  /// CPUs.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, before Linux 5.13 one `BPF_MAP_LOOKUP_ELEM` for each slot.
  ///
  /// - Parameter map: an array of up to 64 counts.
  /// - Throws: `BPFError`, as for an array that is not per-CPU.
  public init<Count: FixedWidthInteger>(_ map: PerCPUArrayMap<Count>) throws(BPFError) {
    try Self.checkSlotCount(map.handle)
    self.init(
      slots: try map.values().map { counts in
        counts.reduce(into: UInt64()) { $0.addSaturating(UInt64(clamping: $1)) }
      })
  }

  private static func checkSlotCount(_ map: MapHandle) throws(BPFError) {
    guard map.maxEntries > UInt64.bitWidth else { return }
    throw map.failure(
      .sweep, .typeMismatch, nil,
      "the map has \(map.maxEntries) elements, but a histogram has at most 64 slots")
  }
}
