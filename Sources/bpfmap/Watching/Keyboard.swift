//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CProcess
import SystemPackage

/// Reads keys from the terminal as they are typed, without echo.
///
/// The terminal is restored when the instance is destroyed, and before a signal terminates or stops the process. Only
/// one instance can exist at a time.
final class Keyboard {
  /// Configures the terminal; nil if standard output is not a terminal, or if there is nothing to configure.
  ///
  /// - Parameter withPage: Whether to show the alternate screen. Without it, a process in the background leaves the
  ///   terminal as it is.
  init?(withPage: Bool = false) {
    guard Terminal.isOutput, process_configure_terminal(withPage) else { return nil }
  }

  deinit { process_restore_terminal() }

  /// Whether the alternate screen is shown. It is not if the process was interrupted while it was stopped.
  var hasPage: Bool { process_has_alternate_screen() }

  /// The descriptor that delivers keys; nil if standard input is not a terminal, or if this process is in the
  /// background.
  var input: FileDescriptor? { process_has_keys() ? .standardInput : nil }

  /// Reads keys, and returns whether the command should end: `q` was typed, or the terminal is closed.
  func readsQuitKey() -> Bool {
    guard let input else { return false }
    var keys = [UInt8](repeating: 0, count: 64)
    let count = unsafe keys.withUnsafeMutableBytes { keys in (try? unsafe input.read(into: keys)) ?? 0 }
    return count == 0 || keys.prefix(count).contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }
  }
}
