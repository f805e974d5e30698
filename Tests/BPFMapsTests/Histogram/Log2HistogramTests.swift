//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

/// Tests histograms by powers of two, without the kernel.
@Suite("Log2 histograms")
struct Log2HistogramTests {
  @Test("Slots cover all values, each value once")
  func slots() {
    var next: UInt64 = 0
    for slot in 0..<64 {
      let range = Log2Histogram.range(ofSlot: slot)
      #expect(range.lowerBound == next)
      #expect(Log2Histogram.slot(of: range.lowerBound) == slot)
      #expect(Log2Histogram.slot(of: range.upperBound) == slot)
      next = range.upperBound &+ 1
    }
    #expect(next == 0, "the last range ends with the largest number")
    #expect(Log2Histogram.range(ofSlot: 0) == 0...1 && Log2Histogram.range(ofSlot: 10) == 1024...2047)
    #expect(Log2Histogram.range(ofSlot: -5) == 0...1 && Log2Histogram.range(ofSlot: .min) == 0...1)
    #expect(Log2Histogram.range(ofSlot: 64) == Log2Histogram.range(ofSlot: 63))
    #expect(Log2Histogram.range(ofSlot: .max).upperBound == .max)
  }

  @Test("Counts values, and adds histograms")
  func adding() {
    var (one, other) = (Log2Histogram(), Log2Histogram())
    #expect(one.isEmpty && one.count == 0 && one.occupiedSlots.isEmpty && one.slots.count == 64)
    for value in [0, 1, 2, 3, 4, 1000, UInt64.max] { one.add(value) }
    other.add(1000, count: 5)
    one.add(other)
    #expect(one.slots[0] == 2 && one.slots[1] == 2 && one.slots[2] == 1 && one.slots[9] == 6)
    #expect(one.slots[63] == 1 && one.count == 12 && !one.isEmpty && one.occupiedSlots == 0..<64)
    #expect(other.occupiedSlots == 9..<10)
    one.add(7, count: 0)
    #expect(one.count == 12)
  }

  @Test("Accepts few or many slots of any integer type")
  func fromSlots() {
    let few = Log2Histogram(slots: [1, 2, 3] as [UInt32])
    #expect(few.slots == [1, 2, 3] + Array(repeating: 0, count: 61))
    #expect(Log2Histogram(slots: [1, 2, 3] as InlineArray<3, UInt8>) == few)
    #expect(Log2Histogram(slots: EmptyCollection<UInt64>()) == Log2Histogram())
    #expect(Log2Histogram(slots: [-1, 5]).slots[..<2] == [0, 5])
    #expect(Log2Histogram(slots: [UInt128.max]).slots[0] == .max)
    let many = Log2Histogram(slots: Array(repeating: 1, count: 100))
    #expect(many.count == 100 && many.slots[63] == 37)
    #expect(Log2Histogram(slots: few.slots) == few)
  }

  @Test("Counts saturate without a trap")
  func saturating() {
    var full = Log2Histogram(slots: [UInt64.max, .max])
    full.add(0)
    full.add(full)
    #expect(full.slots[..<2] == [.max, .max] && full.count == .max)
    #expect(full.upperBound(ofPercentile: 100) == 1, "the count stays at that of the first slot")
    full.add(0, count: .max)
    #expect(full.count == .max)
    #expect(full.table().contains("18446744073709551615 |****"))
  }

  @Test("An interval is the difference of two readings, and 0 for a slot that was reset")
  func intervals() {
    let earlier = Log2Histogram(slots: [1, 10, 3])
    let later = Log2Histogram(slots: [4, 2, 3, 1])
    #expect(later.since(earlier).slots[..<5] == [3, 0, 0, 1, 0])
    #expect(later.since(Log2Histogram()) == later && later.since(later).isEmpty)
  }

  @Test(
    "A percentile's bound is the end of its slot",
    arguments: [
      (0, 1), (1, 1), (50, 1), (50.001, 3), (90, 3), (90.5, 1023), (99, 1023), (99.1, 2047), (100, 2047),
      (-7, 1), (1e300, 2047), (-.infinity, 1), (.infinity, 2047), (.nan, 1),
    ] as [(Double, UInt64)])
  func percentiles(_ percentile: Double, _ bound: UInt64) {
    var histogram = Log2Histogram()
    histogram.add(1, count: 50)
    histogram.add(2, count: 40)
    histogram.add(512, count: 9)
    histogram.add(1024)
    #expect(histogram.upperBound(ofPercentile: percentile) == bound)
    #expect(Log2Histogram().upperBound(ofPercentile: percentile) == nil)
  }

  @Test("A percentile's bound is between the true value and twice that value")
  func percentilesOfRandomValues() throws {
    var histogram = Log2Histogram()
    let values = (0..<1000).map { _ in UInt64.random(in: 1...1 << UInt64.random(in: 1..<63)) }.sorted()
    for value in values { histogram.add(value) }
    for percentile in 1...100 {
      let value = values[percentile * 10 - 1]
      let bound = try #require(histogram.upperBound(ofPercentile: Double(percentile)))
      #expect(bound >= value && bound / 2 <= value, "percentile \(percentile): \(value)")
    }
  }

  // MARK: - Text

  @Test("The table has a line for each slot between the first and last occupied ones")
  func table() {
    var histogram = Log2Histogram()
    histogram.add(1, count: 12)
    histogram.add(4, count: 96)
    histogram.add(8)
    #expect(
      histogram.table(unit: "usecs") == """
             usecs               : count    distribution
                 0 -> 1          : 12       |*****                                   |
                 2 -> 3          : 0        |                                        |
                 4 -> 7          : 96       |****************************************|
                 8 -> 15         : 1        |                                        |
        """)
    #expect(histogram.description == histogram.table())
    #expect(!histogram.description.contains("usecs") && histogram.description.contains(" 4 -> 7 "))
    #expect(Log2Histogram().table(unit: "bytes") == "     bytes               : count    distribution")
  }

  @Test("Columns grow with their numbers, and bars fill the width")
  func widths() {
    var histogram = Log2Histogram()
    histogram.add(.max, count: 1_000_000_000)
    let lines = histogram.table(unit: "a unit of a long name", width: 4).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0] == "     a unit of a long name                   : count      distribution")
    #expect(lines[1] == " 9223372036854775808 -> 18446744073709551615 : 1000000000 |****|")
    for (width, length) in [(0, 0), (-3, 0), (Int.min, 0), (7, 7), (Int.max, 1000)] {
      #expect(histogram.table(width: width).hasSuffix("|" + String(repeating: "*", count: length) + "|"))
    }
  }
}
