//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// A thread that nothing waits for.
package enum DetachedThread {
  /// Lets another thread run first. sched_yield(2).
  package static func yield() { sched_yield() }

  /// Starts a thread that blocks all signals, and ends when the closure returns.
  ///
  /// Signals belong to the program's other threads. pthread_create(3), pthread_detach(3), pthread_sigmask(3) twice.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
    let work = unsafe Unmanaged.passRetained(Work(body))
    // A new thread inherits the signal mask.
    let failure = SignalMask.withAllBlocked {
      unsafe withStorage { thread in
        unsafe pthread_create(
          thread, nil,
          { work in
            pthread_detach(pthread_self())
            if let work = unsafe work { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
            return nil
          }, work.toOpaque())
      }
    }
    guard failure == 0 else {
      unsafe work.release()
      throw Errno(rawValue: failure)
    }
  }

  /// Calls a function that fills in a value. Its type follows from the function: `pthread_t` is a number in glibc, and
  /// a pointer in musl.
  private static func withStorage<Value>(_ call: (UnsafeMutablePointer<Value>) -> CInt) -> CInt {
    unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { storage in
      guard let start = storage.baseAddress else { return ENOMEM }
      return unsafe call(start)
    }
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
