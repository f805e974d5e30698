//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary

/// The calling thread's signal mask.
package enum SignalMask {
  /// Runs `body` with all signals blocked in the calling thread. Pending signals are delivered afterwards.
  ///
  /// Only the thread's mask changes: signal actions stay, and another thread may receive a signal sent to the process.
  /// SIGKILL and SIGSTOP cannot be blocked. pthread_sigmask(3) twice.
  package static func withAllBlocked<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    var everything = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&everything)
    unsafe pthread_sigmask(SIG_SETMASK, &everything, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
