//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary
import SystemPackage

/// The terminal of standard output, for a page that is redrawn repeatedly.
///
/// Uses the terminal's alternate screen. The normal screen is restored when the instance is destroyed, and before a
/// signal terminates or stops the process.
final class Screen {
  let keyboard: Keyboard
  private var output = Output(to: .standardOutput)

  /// Configures the terminal; nil if standard output is not a terminal, or does not support control sequences.
  init?() {
    guard Terminal.isPage, let keyboard = Keyboard(withPage: true) else { return nil }
    self.keyboard = keyboard
  }

  /// The size of the terminal.
  var size: (rows: Int, columns: Int) {
    // The winsize structure of ioctl_tty(2): rows, columns, and the size in pixels, which is unused.
    var size: (rows: UInt16, columns: UInt16, width: UInt16, height: UInt16) = (0, 0, 0, 0)
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.rows > 0, size.columns > 0 else {
      return (24, 80)
    }
    return (Int(size.rows), Int(size.columns))
  }

  /// Replaces the page with as many lines as fit. Does nothing while the alternate screen is not shown.
  func paint(_ lines: [String]) throws(OutputFailure) {
    guard keyboard.hasPage else { return }
    let (rows, columns) = size
    var page = Control.home
    for (number, line) in lines.prefix(rows).enumerated() {
      page += (number == 0 ? "" : "\r\n") + line.prefix(columns: columns) + Control.clearLine
    }
    // Written at once, to avoid flicker.
    try output.write(page + Control.clearRest)
    try output.flush()
  }

  /// Control sequences (ECMA-48) that all terminals support except "dumb" ones.
  private enum Control {
    static let home = "\u{1b}[H"
    static let clearLine = "\u{1b}[K"
    static let clearRest = "\u{1b}[J"
  }
}
