//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Log2Histogram: CustomStringConvertible {
  /// ``table(unit:width:)`` without a unit.
  public var description: String { table() }

  /// The histogram as text: a line for each slot, from the first to the last that counted anything, under a title.
  ///
  ///          usecs               : count    distribution
  ///              2 -> 3          : 12       |*****                                   |
  ///              4 -> 7          : 97       |****************************************|
  ///
  /// Lines are separated by a newline, and none stands at the end. Columns are wide enough for ten digits, the counts'
  /// for eight, and as much wider as numbers need. Without values there is the title alone.
  ///
  /// - Parameters:
  ///   - unit: what the values are, such as `usecs` or `bytes`.
  ///   - width: how many characters long the bar of the largest count is, 0 to 1000.
  public func table(unit: String = "", width: Int = 40) -> String {
    let (occupied, width) = (occupiedSlots, max(0, min(width, 1000)))
    let largest = occupied.map { slots[$0] }.max() ?? 0
    let valueWidth = max(10, "\(Self.range(ofSlot: max(occupied.upperBound - 1, 0)).upperBound)".count)
    let countWidth = max(8, "\(largest)".count)
    let title = ("     " + unit).padded(to: 2 * valueWidth + 4) + " : " + "count".padded(to: countWidth)
    let rows = occupied.map { slot in
      let range = Self.range(ofSlot: slot)
      let values =
        "\(range.lowerBound)".padded(to: valueWidth, atEnd: false) + " -> "
        + "\(range.upperBound)".padded(to: valueWidth)
      let stars = Int(UInt128(slots[slot]) * UInt128(width) / UInt128(largest))
      let bar = String(repeating: "*", count: stars).padded(to: width)
      return values + " : " + "\(slots[slot])".padded(to: countWidth) + " |" + bar + "|"
    }
    return ([title + " distribution"] + rows).joined(separator: "\n")
  }
}

extension String {
  /// The text with blanks before or behind it, so that it is as many characters long at least.
  fileprivate func padded(to width: Int, atEnd: Bool = true) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return atEnd ? self + blanks : blanks + self
  }
}
