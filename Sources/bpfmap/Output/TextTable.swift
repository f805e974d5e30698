//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A table with aligned columns, as in `list` and `show`.
struct TextTable {
  enum Alignment { case left, right }

  let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  init(columns: [(title: String, alignment: Alignment)]) {
    self.columns = columns
  }

  mutating func add(_ cells: String...) {
    rows.append(cells)
  }

  /// The lines of the table, without trailing spaces. The first line contains the titles, if there are any.
  var text: String {
    let titles = columns.map(\.title)
    let lines = titles.allSatisfy(\.isEmpty) ? rows : [titles] + rows
    var widths = [Int](repeating: 0, count: columns.count)
    for line in lines {
      for (column, cell) in zip(widths.indices, line) {
        widths[column] = max(widths[column], cell.columnCount)
      }
    }
    var text = ""
    for line in lines {
      var row = ""
      for (column, cell) in zip(widths.indices, line) {
        let padding = String(repeating: " ", count: widths[column] - cell.columnCount)
        row += column == 0 ? "" : "  "
        row += columns[column].alignment == .left ? cell + padding : padding + cell
      }
      while row.hasSuffix(" ") { row.removeLast() }
      text += row + "\n"
    }
    return text
  }
}
