//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Log2Histogram: CustomStringConvertible {
  /// The table without a unit, as ``table(unit:width:)``.
  public var description: String { table() }

  /// Returns the histogram as a table: a title, and a line for each slot from the first to the last nonzero count.
  ///
  ///          usecs               : count    distribution
  ///              2 -> 3          : 12       |*****                                   |
  ///              4 -> 7          : 97       |****************************************|
  ///
  /// Lines are separated by newlines, without a trailing newline. Value columns are at least 10 characters wide, the
  /// count column at least 8; they grow with the numbers. Without values, the table is only the title.
  ///
  /// - Parameters:
  ///   - unit: the unit of the values, such as `usecs` or `bytes`.
  ///   - width: the length of the longest bar, from 0 to 1000 characters.
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
  /// Returns the text, padded with spaces to a minimum width.
  fileprivate func padded(to width: Int, atEnd: Bool = true) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return atEnd ? self + blanks : blanks + self
  }
}
