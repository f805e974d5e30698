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
/// It has the terminal's second page, so that what was on the first is there again when this goes, and reads keys as they are
/// typed. Signals are sent by keys as ever, but for the one that stops the process: who stopped would leave the page.
final class Screen {
  /// Keys typed at the terminal; nil if standard input is another file.
  let input: FileDescriptor?
  private let before: termios?
  private var output = Output(to: .standardOutput)

  /// Takes the terminal; nil if standard output is none, or one that can do nothing but write lines.
  init?() {
    guard Terminal.isPage else { return nil }
    before = Screen.readKeysOneByOne()
    input = before == nil ? nil : .standardInput
    try? output.write(Control.secondPage + Control.hideCursor)
    try? output.flush()
  }

  deinit {
    var output = Output(to: .standardOutput)
    try? output.write(Control.showCursor + Control.firstPage)
    try? output.flush()
    // After what is on its way was written. Keys that nobody read are for who reads next.
    if var before { _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
  }

  /// How many lines of how many characters fit.
  var size: (rows: Int, columns: Int) {
    // A winsize of ioctl_tty(2): rows, columns, and both in dots, which nobody fills in.
    var size: (rows: UInt16, columns: UInt16, width: UInt16, height: UInt16) = (0, 0, 0, 0)
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.rows > 0, size.columns > 0 else {
      return (24, 80)
    }
    return (Int(size.rows), Int(size.columns))
  }

  /// Shows lines in place of what was there, as much of them as fits.
  func paint(_ lines: [String]) throws(OutputFailure) {
    let (rows, columns) = size
    var page = Control.home
    for (number, line) in lines.prefix(rows).enumerated() {
      page += (number == 0 ? "" : "\r\n") + line.prefix(columns) + Control.clearLine
    }
    // All at once, so that nothing is seen of the painting.
    try output.write(page + Control.clearRest)
    try output.flush()
  }

  /// What was typed.
  func readKeys() -> [UInt8] {
    guard let input else { return [] }
    var keys = [UInt8](repeating: 0, count: 64)
    let count = unsafe keys.withUnsafeMutableBytes { keys in (try? unsafe input.read(into: keys)) ?? 0 }
    return Array(keys.prefix(count))
  }

  /// Has the terminal give keys at once, and not show them.
  ///
  /// - Returns: how it was before; nil if standard input is no terminal.
  private static func readKeysOneByOne() -> termios? {
    var before = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var keys = before
    keys.c_lflag &= ~tcflag_t(ICANON | ECHO)
    unsafe withUnsafeMutableBytes(of: &keys.c_cc) { characters in
      unsafe characters[Int(VSUSP)] = 0  // _POSIX_VDISABLE of Linux
      unsafe characters[Int(VMIN)] = 1
      unsafe characters[Int(VTIME)] = 0
    }
    return unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) == 0 ? before : nil
  }

  /// Sequences that all terminals know whose kind is not "dumb" (ECMA-48, and xterm's second page).
  private enum Control {
    static let secondPage = "\u{1b}[?1049h"
    static let firstPage = "\u{1b}[?1049l"
    static let hideCursor = "\u{1b}[?25l"
    static let showCursor = "\u{1b}[?25h"
    static let home = "\u{1b}[H"
    static let clearLine = "\u{1b}[K"
    static let clearRest = "\u{1b}[J"
  }
}
