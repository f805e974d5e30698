//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Numbers counted by their power of two: how long things took, how large they were, and how often each was so.
///
/// Slot i counts the values from 2^i to 2^(i+1) - 1, and slot 0 those of 0 and 1, so that 64 slots have room for all
/// numbers. That is what a program in the kernel can afford for each event: one addition in one place, which
/// `bpf_log2` in `<bpf/bpf_histogram.h>` finds. User space reads the slots and draws them:
///
/// ```swift
/// let latencies = try Log2Histogram(PerCPUArrayMap<UInt64>(pinnedAt: "/sys/fs/bpf/latencies"))
/// print(latencies.table(unit: "usecs"))
/// print("99 of 100 took at most \(latencies.upperBound(ofPercentile: 99) ?? 0) µs")
/// ```
///
/// What the kernel counted in some other form, such as an array for each process, becomes one by `init(slots:)`.
/// Counts that would exceed `UInt64.max` stay there; no operation traps.
public struct Log2Histogram: Sendable, Hashable {
  /// How many values each of the 64 slots counted.
  public private(set) var slots: [UInt64]

  /// A histogram of no values.
  public init() { slots = Array(repeating: 0, count: UInt64.bitWidth) }

  /// A histogram of slots that were counted elsewhere, such as in the kernel.
  ///
  /// - Parameter counts: how many values slot 0, slot 1 and so on counted, at most 64 of them. Those that are missing
  ///   are 0, those below 0 too; what stands behind the 64th slot, which no value has, counts in that.
  public init<Counts: Sequence>(slots counts: Counts) where Counts.Element: FixedWidthInteger {
    self.init()
    for (slot, count) in counts.enumerated() {
      slots[min(slot, slots.count - 1)].addSaturating(UInt64(clamping: count))
    }
  }

  /// A histogram of the slots in an array of C: a global variable, or a member of a map's values such as
  /// `__u32 slots[27]`.
  ///
  /// - Parameter counts: as for a sequence of them.
  public init<let count: Int, Count: FixedWidthInteger>(slots counts: InlineArray<count, Count>) {
    self.init(slots: counts.indices.lazy.map { counts[$0] })
  }
}

// MARK: - Slots

extension Log2Histogram {
  /// The slot that counts a value: the place of its highest bit, 0 to 63. As `bpf_log2`.
  public static func slot(of value: UInt64) -> Int { max(0, UInt64.bitWidth - 1 - value.leadingZeroBitCount) }

  /// The values that a slot counts.
  ///
  /// - Parameter slot: 0 to 63; what is below means the first slot, what is above the last.
  public static func range(ofSlot slot: Int) -> ClosedRange<UInt64> {
    let slot = UInt64(max(0, min(slot, UInt64.bitWidth - 1)))
    return (slot == 0 ? 0 : 1 << slot)...(UInt64.max >> (63 - slot))
  }
}

// MARK: - Counting

extension Log2Histogram {
  /// Counts a value, or as many of it as are said.
  public mutating func add(_ value: UInt64, count: UInt64 = 1) {
    slots[Self.slot(of: value)].addSaturating(count)
  }

  /// Counts all that another histogram did.
  public mutating func add(_ other: Log2Histogram) {
    for slot in slots.indices { slots[slot].addSaturating(other.slots[slot]) }
  }

  /// What was counted after an earlier reading of the same slots.
  ///
  /// Programs count on while slots are read, and need not be asked to begin anew: an interval is the difference of two
  /// readings. A slot that became smaller, since somebody emptied it, is 0.
  public func since(_ earlier: Log2Histogram) -> Log2Histogram {
    var difference = self
    for slot in slots.indices { difference.slots[slot] -= min(slots[slot], earlier.slots[slot]) }
    return difference
  }
}

extension UInt64 {
  /// Adds to a count, which stays at the largest number once it is there.
  mutating func addSaturating(_ count: UInt64) {
    let (sum, isTooLarge) = addingReportingOverflow(count)
    self = isTooLarge ? .max : sum
  }
}

// MARK: - Questions

extension Log2Histogram {
  /// How many values were counted.
  public var count: UInt64 { slots.reduce(into: 0) { $0.addSaturating($1) } }

  /// Whether no value was counted.
  public var isEmpty: Bool { slots.allSatisfy { $0 == 0 } }

  /// The slots from the first to the last that counted anything; empty if none did.
  public var occupiedSlots: Range<Int> {
    guard let first = slots.firstIndex(where: { $0 > 0 }), let last = slots.lastIndex(where: { $0 > 0 })
    else {
      return 0..<0
    }
    return first..<last + 1
  }

  /// A bound that a percentage of the values do not exceed.
  ///
  /// It is the largest value of the slot in which the percentile lies: the percentile itself is more than half of it.
  ///
  /// - Parameter percentile: 50 for the median, 99.9 for all but the slowest of a thousand; what is not between 0 and
  ///   100 is taken for the nearer of them.
  /// - Returns: nil if there are no values.
  public func upperBound(ofPercentile percentile: Double) -> UInt64? {
    let count = count
    guard count > 0 else { return nil }
    // Not a number is no percentage: it is taken for 0.
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
