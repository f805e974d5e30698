//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// The signals that the calling thread does not take at the moment.
package enum SignalMask {
  /// Runs `body` while the calling thread takes no signals. Those that arrive meanwhile are delivered afterwards.
  ///
  /// The mask is the thread's own: the process's signal actions do not change, and another thread may still take a signal
  /// that is sent to the process. No signal mask delays SIGKILL and SIGSTOP. pthread_sigmask(3) twice.
  package static func withAllBlocked<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    var everything = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&everything)
    unsafe pthread_sigmask(SIG_SETMASK, &everything, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
