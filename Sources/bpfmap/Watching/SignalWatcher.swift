//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary
import CProcess
import SystemPackage

/// Watches for SIGINT (Ctrl-C) and SIGTERM, which end a command that runs continuously.
///
/// The first signal is only recorded, so that the command ends normally with exit status 0. The second signal
/// terminates the process, since the command may be blocked, for example by a full pipe. Signals that are ignored when
/// the process starts, as with nohup(1), stay ignored.
///
/// Create only one watcher per process; its effect lasts until the process ends.
final class SignalWatcher: Sendable {
  /// The read end of a pipe. The signal handler writes a byte to it, which ends a wait.
  private let wakeUp: FileDescriptor

  /// Starts to watch for signals.
  ///
  /// - Throws: `Failure` if no pipe can be created.
  init() throws(Failure) {
    do {
      let pipe = try FileDescriptor.pipe()
      wakeUp = pipe.readEnd
      for end in [pipe.readEnd, pipe.writeEnd] {
        // Non-blocking: a full pipe wakes the reader too, and reading an empty pipe must not block.
        _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK)
        _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC)
      }
      process_watch_signals(pipe.writeEnd.rawValue)
    } catch {
      throw .failed("creation of a pipe: \(error)", error as? Errno)
    }
  }

  /// Whether a signal has arrived.
  var isInterrupted: Bool { process_is_interrupted() }

  /// Waits until a time, or until an event.
  ///
  /// System calls: poll(2).
  ///
  /// - Parameters:
  ///   - end: The time at which to stop waiting. If it has passed, the method only checks for events.
  ///   - input: A descriptor that ends the wait when it is readable; nil for none.
  /// - Returns: The cause that ended the wait. It is `interruption` also if the reader of standard output has closed
  ///   the pipe, which otherwise only the next write would detect.
  func wait(until end: ContinuousClock.Instant, orFor input: FileDescriptor?) -> Cause {
    while !isInterrupted {
      let rest = max(.zero, ContinuousClock.now.duration(to: end))
      // For standard output, only POLLERR and POLLHUP are of interest, which need not be requested. poll(2) ignores
      // negative descriptors.
      var awaited = [
        pollfd(fd: wakeUp.rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        pollfd(fd: input?.rawValue ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      _ = unsafe poll(&awaited, nfds_t(awaited.count), rest.wholeMilliseconds)
      // If the pipe is closed, signals no longer end a wait, and the loop would spin.
      if awaited[0].revents & Int16(POLLNVAL) != 0 { return .interruption }
      if awaited[0].revents != 0 { drain() }
      if isInterrupted || awaited[1].revents != 0 { return .interruption }
      if process_was_continued() { return .continuation }
      if awaited[2].revents != 0 { return .input }
      if ContinuousClock.now >= end { return .time }
    }
    return .interruption
  }

  /// Reads the bytes that the signal handlers wrote.
  private func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    _ = unsafe bytes.withUnsafeMutableBytes { bytes in try? unsafe wakeUp.read(into: bytes) }
  }

  /// The cause that ended a wait.
  enum Cause {
    /// The time was reached.
    case time
    /// The input is readable, or closed.
    case input
    /// The process was stopped and continued: its output may have disappeared from the terminal.
    case continuation
    /// A signal has arrived, or the reader of standard output is gone.
    case interruption
  }
}

extension Duration {
  /// The milliseconds for poll(2), rounded up so that a wait does not end early and spin, and limited to its argument's
  /// range.
  fileprivate var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
