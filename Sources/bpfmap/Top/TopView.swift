//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import SystemPackage

/// The output of `bpfmap top`: a page at a terminal, lines, or JSON.
struct TopView {
  private let isJSON: Bool
  private let rows: Int?
  private var screen: Screen?
  private var lastPage: [String] = []
  private var hasBegun = false

  init(isJSON: Bool, rows: Int?) {
    (self.isJSON, self.rows) = (isJSON, rows)
    screen = isJSON ? nil : Screen()
  }

  /// The descriptor that delivers keys; nil if there is none.
  var input: FileDescriptor? { screen?.keyboard.input }

  /// Whether a page has been shown.
  var hasPage: Bool { !lastPage.isEmpty }

  /// Reads keys, and returns whether one of them ends the command.
  func readsQuitKey() -> Bool { screen?.keyboard.readsQuitKey() ?? true }

  /// Shows the last page again.
  func repaint() throws(OutputFailure) { try screen?.paint(lastPage) }

  mutating func show(_ report: SystemCallReport, of counter: SystemCallCounter, to output: inout Output)
    throws
  {
    let text = TopText(report: report, name: counter.name)
    let now = WallTime.now
    if isJSON {
      var writer = JSONWriter()
      try text.write(time: now, to: &writer)
      try output.write(writer.bytes)
      try output.write("\n")
    } else if let size = screen?.size {
      lastPage = try text.page(
        time: now.timeOfDay, columns: size.columns, rows: rows ?? max(1, size.rows - 3))
      try screen?.paint(lastPage)
    } else {
      if !hasBegun { try output.write(TopText.title) }
      try output.write(try text.lines(time: now.timeOfDay, rows: rows ?? 10))
    }
    hasBegun = true
    try output.flush()
  }

  /// Restores the terminal, and prints as much of the last page as fits above the shell's prompt.
  mutating func end(to output: inout Output) throws {
    guard let size = screen?.size else { return }
    screen = nil
    for line in lastPage.prefix(max(1, size.rows - 1)) {
      try output.write(line.prefix(columns: size.columns) + "\n")
    }
  }
}
