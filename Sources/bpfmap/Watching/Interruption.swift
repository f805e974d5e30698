//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CProcess
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The wish that a command which goes on by itself should end: SIGINT, as Ctrl-C sends it, or SIGTERM.
///
/// The first signal is only noted, so that the command ends in order and with exit status 0. The second ends the
/// process as it ends any other: a command may hang where no note reaches it, such as in a full pipe. A signal that
/// is ignored when the process begins, as by nohup(1), stays ignored.
///
/// It lasts as long as the process, which has one.
final class Interruption: Sendable {
  /// Where the signal handler leaves a byte that ends a wait.
  private let wakeUp: FileDescriptor

  /// Begins to note signals.
  ///
  /// - Throws: `Failure` if there is no descriptor left to wait with.
  init() throws(Failure) {
    do {
      let pipe = try FileDescriptor.pipe()
      wakeUp = pipe.readEnd
      for end in [pipe.readEnd, pipe.writeEnd] {
        // A full pipe wakes as well, and an empty one is not waited for.
        _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK)
        _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC)
      }
      process_note_signals(pipe.writeEnd.rawValue)
    } catch {
      throw .failed("a pipe to wait with: \(error)", error as? Errno)
    }
  }

  /// Whether a signal came.
  var hasCome: Bool { process_is_interrupted() }

  /// Waits, for what is typed too.
  ///
  /// System calls: poll(2), until it is time.
  ///
  /// - Parameters:
  ///   - end: when to stop; if that has passed, it only looks.
  ///   - input: ends the wait when there is something to read.
  /// - Returns: what ended the wait: `interruption` also when whoever reads standard output is gone, which the next
  ///   write would find out, but only then.
  func wait(until end: ContinuousClock.Instant, orFor input: FileDescriptor?) -> Cause {
    while !hasCome {
      let rest = max(.zero, ContinuousClock.now.duration(to: end))
      // Of standard output nothing is asked; that nobody reads any more is told unasked. A number below 0 is passed over.
      var awaited = [
        pollfd(fd: wakeUp.rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        pollfd(fd: input?.rawValue ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      _ = unsafe poll(&awaited, nfds_t(awaited.count), rest.wholeMilliseconds)
      // Where the pipe is closed, no signal ends a wait any more, and waiting would be spinning.
      if awaited[0].revents & Int16(POLLNVAL) != 0 { return .interruption }
      if awaited[0].revents != 0 { drain() }
      if hasCome || awaited[1].revents != 0 { return .interruption }
      if process_was_continued() { return .continuation }
      if awaited[2].revents != 0 { return .input }
      if ContinuousClock.now >= end { return .time }
    }
    return .interruption
  }

  /// Takes what the signal handlers wrote.
  private func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    _ = unsafe bytes.withUnsafeMutableBytes { bytes in try? unsafe wakeUp.read(into: bytes) }
  }

  /// What ended a wait.
  enum Cause {
    /// It is time.
    case time
    /// Something can be read, or never will be.
    case input
    /// The process was stopped and goes on: what it showed may be gone.
    case continuation
    /// A signal came, or nobody reads what is written.
    case interruption
  }
}

extension Duration {
  /// Milliseconds for poll(2): rounded up, or a wait would end early and spin, and at most what its argument holds.
  fileprivate var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
