//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The terminal that standard output goes to, as a page that is painted again and again.
///
/// It is the terminal's alternate screen, so that the normal one is there again when this goes, and before a signal
/// ends or stops the process.
final class Screen {
  let keyboard: Keyboard
  private var output = Output(to: .standardOutput)

  /// Takes the terminal; nil if standard output is none, or one that can do nothing but write lines.
  init?() {
    guard Terminal.isPage, let keyboard = Keyboard(withPage: true) else { return nil }
    self.keyboard = keyboard
  }

  /// How many lines of how many columns fit.
  var size: (rows: Int, columns: Int) {
    // A winsize of ioctl_tty(2): rows, columns, and both in dots, which nobody fills in.
    var size: (rows: UInt16, columns: UInt16, width: UInt16, height: UInt16) = (0, 0, 0, 0)
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.rows > 0, size.columns > 0 else {
      return (24, 80)
    }
    return (Int(size.rows), Int(size.columns))
  }

  /// Shows lines in place of what was there, as much of them as fits; nothing while the terminal is another's.
  func paint(_ lines: [String]) throws(OutputFailure) {
    guard keyboard.hasPage else { return }
    let (rows, columns) = size
    var page = Control.home
    for (number, line) in lines.prefix(rows).enumerated() {
      page += (number == 0 ? "" : "\r\n") + line.prefix(columns: columns) + Control.clearLine
    }
    // All at once, so that nothing is seen of the painting.
    try output.write(page + Control.clearRest)
    try output.flush()
  }

  /// Sequences that all terminals know whose kind is not "dumb" (ECMA-48).
  private enum Control {
    static let home = "\u{1b}[H"
    static let clearLine = "\u{1b}[K"
    static let clearRest = "\u{1b}[J"
  }
}
