//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program in a pseudoterminal, with its input and output. The program is killed with the session.
package final class TerminalSession {
  private let descriptor: FixtureDescriptor
  private let process: pid_t
  private var status: Int32?

  /// The program's output so far.
  package private(set) var text = ""

  /// Starts a program.
  package init(_ program: String, _ arguments: [String], rows: Int32 = 24, columns: Int32 = 100)
    throws(FixtureError)
  {
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var terminal: Int32 = -1
    process = try check(kf_terminal_start(&words, rows, columns, &terminal), "start \(program) at a terminal")
    descriptor = FixtureDescriptor(adopting: terminal)
  }

  deinit {
    guard status == nil else { return }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// The terminal's modes: whether input is line-buffered, echoed, and can send signals.
  package var modes: Int32 { kf_terminal_modes(descriptor.number) }

  /// Sends a signal to the program.
  package func send(_ signal: Int32) { kill(process, signal) }

  /// Whether the program is blocked in a write to its standard output, according to proc_pid_syscall(5).
  package var isBlockedInWrite: Bool { kf_is_blocked_in_write(process) }

  /// Types text at the terminal.
  package func type(_ keys: String) {
    _ = Array(keys.utf8).withUnsafeBytes { write(descriptor.number, $0.baseAddress, $0.count) }
  }

  /// Reads until the output contains `words`. Returns `false` after a minute.
  package func waits(for words: String) -> Bool {
    eventually {
      read()
      return text.contains(words)
    }
  }

  /// Waits for the program's end, and returns its exit status, or the negated number of the signal that ended it.
  package func wait() -> Int32? {
    _ = eventually {
      read()
      var status: Int32 = 0
      guard waitpid(process, &status, WNOHANG) == process else { return false }
      self.status = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
      return true
    }
    read()
    return status
  }

  private func read() {
    var bytes = [UInt8](repeating: 0, count: 65536)
    var awaited = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    while poll(&awaited, 1, 0) > 0, awaited.revents & Int16(POLLIN) != 0 {
      let count = Glibc.read(descriptor.number, &bytes, bytes.count)
      guard count > 0 else { return }
      text += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }
}
