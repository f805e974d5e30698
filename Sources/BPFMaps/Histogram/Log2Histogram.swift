//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A histogram with power-of-two slots, for latencies, sizes and similar values.
///
/// Slot i counts the values from 2^i to 2^(i+1) - 1, and slot 0 counts 0 and 1, so 64 slots cover all numbers. For
/// each event, a program in the kernel only increments one slot, which `bpf_log2` in `<bpf/bpf_histogram.h>` finds.
/// User space reads and prints the slots:
///
/// ```swift
/// let latencies = try Log2Histogram(PerCPUArrayMap<UInt64>(pinnedAt: "/sys/fs/bpf/latencies"))
/// print(latencies.table(unit: "usecs"))
/// print("99 of 100 took at most \(latencies.upperBound(ofPercentile: 99) ?? 0) µs")
/// ```
///
/// Use `init(slots:)` for counts that programs store in another form, such as an array for each process. Counts
/// saturate at `UInt64.max`; no operation traps.
public struct Log2Histogram: Sendable, Hashable {
  /// The number of values in each of the 64 slots.
  public private(set) var slots: [UInt64]

  /// Creates an empty histogram.
  public init() { slots = Array(repeating: 0, count: UInt64.bitWidth) }

  /// Creates a histogram from slots that were counted elsewhere, such as in the kernel.
  ///
  /// - Parameter counts: the counts of slot 0, slot 1 and so on. Missing and negative counts are 0. Counts after the
  ///   64th are added to the last slot.
  public init<Counts: Sequence>(slots counts: Counts) where Counts.Element: FixedWidthInteger {
    self.init()
    for (slot, count) in counts.enumerated() {
      slots[min(slot, slots.count - 1)].addSaturating(UInt64(clamping: count))
    }
  }

  /// Creates a histogram from a C array of slots: a global variable, or a member of a map's values such as
  /// `__u32 slots[27]`.
  ///
  /// - Parameter counts: the counts, as for a sequence.
  public init<let count: Int, Count: FixedWidthInteger>(slots counts: InlineArray<count, Count>) {
    self.init(slots: counts.indices.lazy.map { counts[$0] })
  }
}

// MARK: - Slots

extension Log2Histogram {
  /// Returns the slot that counts a value: the number of its highest bit, 0 to 63. Equivalent to `bpf_log2`.
  public static func slot(of value: UInt64) -> Int { max(0, UInt64.bitWidth - 1 - value.leadingZeroBitCount) }

  /// Returns the values that a slot counts.
  ///
  /// - Parameter slot: a slot number, clamped to 0 through 63.
  public static func range(ofSlot slot: Int) -> ClosedRange<UInt64> {
    let slot = UInt64(max(0, min(slot, UInt64.bitWidth - 1)))
    return (slot == 0 ? 0 : 1 << slot)...(UInt64.max >> (63 - slot))
  }
}

// MARK: - Counting

extension Log2Histogram {
  /// Counts a value, `count` times.
  public mutating func add(_ value: UInt64, count: UInt64 = 1) {
    slots[Self.slot(of: value)].addSaturating(count)
  }

  /// Adds the counts of another histogram.
  public mutating func add(_ other: Log2Histogram) {
    for slot in slots.indices { slots[slot].addSaturating(other.slots[slot]) }
  }

  /// Returns the counts added since an earlier reading of the same slots.
  ///
  /// Programs keep counting while slots are read, and need no reset: an interval is the difference of two readings. A
  /// slot that decreased because it was reset counts as 0.
  public func since(_ earlier: Log2Histogram) -> Log2Histogram {
    var difference = self
    for slot in slots.indices { difference.slots[slot] -= min(slots[slot], earlier.slots[slot]) }
    return difference
  }
}

extension UInt64 {
  /// Adds to a count, and saturates at the largest number.
  mutating func addSaturating(_ count: UInt64) {
    let (sum, isTooLarge) = addingReportingOverflow(count)
    self = isTooLarge ? .max : sum
  }
}

// MARK: - Statistics

extension Log2Histogram {
  /// The number of counted values.
  public var count: UInt64 { slots.reduce(into: 0) { $0.addSaturating($1) } }

  /// Whether no value was counted.
  public var isEmpty: Bool { slots.allSatisfy { $0 == 0 } }

  /// The slots from the first to the last nonzero count; empty if all counts are 0.
  public var occupiedSlots: Range<Int> {
    guard let first = slots.firstIndex(where: { $0 > 0 }), let last = slots.lastIndex(where: { $0 > 0 })
    else {
      return 0..<0
    }
    return first..<last + 1
  }

  /// Returns an upper bound of a percentile.
  ///
  /// The bound is the largest value in the slot of the percentile. The percentile itself is more than half of the
  /// bound.
  ///
  /// - Parameter percentile: a percentage, such as 50 for the median, clamped to 0 through 100.
  /// - Returns: the bound, or nil if there are no values.
  public func upperBound(ofPercentile percentile: Double) -> UInt64? {
    let count = count
    guard count > 0 else { return nil }
    // NaN counts as 0.
    let percentile = percentile > 0 ? min(percentile, 100) : 0
    let rank = UInt64(exactly: (Double(count) * percentile / 100).rounded(.up)) ?? count
    var seen: UInt64 = 0
    for slot in occupiedSlots {
      seen.addSaturating(slots[slot])
      if seen >= min(max(rank, 1), count) { return Self.range(ofSlot: slot).upperBound }
    }
    return nil
  }
}
