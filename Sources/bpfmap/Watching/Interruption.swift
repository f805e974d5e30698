//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Synchronization
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
      noted.wakeUp.store(pipe.writeEnd.rawValue, ordering: .relaxed)
    } catch {
      throw .failed("a pipe to wait with: \(error)", error as? Errno)
    }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      unsafe sigaddset(&signals, number)
      let before = signal(number, note)
      if unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
    // Whoever started the process from a thread that takes no signals has left it deaf, and did not mean to.
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether a signal came.
  var hasCome: Bool { noted.isSet.load(ordering: .acquiring) }

  /// Waits.
  ///
  /// - Parameter end: when to stop; if that has passed, it only looks.
  /// - Returns: true as soon as there is nothing more to do: a signal came, or whoever reads standard output is gone,
  ///   which the next write would find out, but only then.
  func wait(until end: ContinuousClock.Instant) -> Bool { wait(until: end, orFor: nil) == .interruption }

  /// Waits, for what is typed too.
  ///
  /// System calls: poll(2), until it is time.
  ///
  /// - Parameters:
  ///   - end: when to stop; if that has passed, it only looks.
  ///   - input: ends the wait when there is something to read.
  /// - Returns: what ended the wait.
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
      if hasCome || awaited[1].revents != 0 || awaited[0].revents & Int16(POLLNVAL) != 0 {
        return .interruption
      }
      if awaited[2].revents != 0 { return .input }
      if ContinuousClock.now >= end { return .time }
    }
    return .interruption
  }

  /// What ended a wait.
  enum Cause {
    /// It is time.
    case time
    /// Something can be read, or never will be.
    case input
    /// A signal came, or nobody reads what is written.
    case interruption
  }
}

/// What the signal handler touches, all of it.
private struct Note: ~Copyable {
  let isSet = Atomic(false)
  let wakeUp = Atomic<Int32>(-1)
}

private let noted = Note()

/// The signal handler: only calls that signal-safety(7) lists, and errno as it was.
private let note: @convention(c) (Int32) -> Void = { number in
  let error = errno
  noted.isSet.store(true, ordering: .releasing)
  var byte: UInt8 = 0
  _ = unsafe write(noted.wakeUp.load(ordering: .relaxed), &byte, 1)
  signal(number, SIG_DFL)
  errno = error
}

extension Duration {
  /// Milliseconds for poll(2): rounded up, or a wait would end early and spin, and at most what its argument holds.
  fileprivate var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
