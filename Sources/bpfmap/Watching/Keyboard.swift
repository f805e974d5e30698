//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CProcess
import SystemPackage

/// The keys of the terminal, as they are typed and without an echo, while this lives.
///
/// The terminal is given back when this goes, and before a signal ends or stops the process. There is one at a time.
final class Keyboard {
  /// Takes the terminal; nil if standard output is none, or if there is nothing to take.
  ///
  /// - Parameter withPage: Whether the alternate screen is shown, too. Without it, only keys are taken, and nothing by
  ///   a process in the background.
  init?(withPage: Bool = false) {
    guard Terminal.isOutput, process_take_terminal(withPage) else { return nil }
  }

  deinit { process_give_back_terminal() }

  /// Whether the alternate screen is shown: not after a stop that the process was told to end in.
  var hasPage: Bool { process_has_page() }

  /// What is to be looked at for keys; nil if standard input is no terminal, or not this process's at present.
  var input: FileDescriptor? { process_has_keys() ? .standardInput : nil }

  /// Reads what was typed. Returns whether it says that the command should end: `q`, or the terminal's end.
  func isToEnd() -> Bool {
    guard let input else { return false }
    var keys = [UInt8](repeating: 0, count: 64)
    let count = unsafe keys.withUnsafeMutableBytes { keys in (try? unsafe input.read(into: keys)) ?? 0 }
    return count == 0 || keys.prefix(count).contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }
  }
}
