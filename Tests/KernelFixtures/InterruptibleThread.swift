//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A thread that can be sent a signal which does nothing but interrupt what it waits for.
package struct InterruptibleThread: @unchecked Sendable {
  private let thread: pthread_t

  /// The calling thread.
  package static func current() -> InterruptibleThread {
    _ = hasHandler
    return InterruptibleThread(thread: pthread_self())
  }

  /// Sends the signal. The thread must not have ended.
  package func interrupt() { pthread_kill(thread, SIGURG) }

  /// SIGURG is ignored by default, and interrupts nothing without a handler.
  private static let hasHandler = signal(SIGURG) { _ in } != nil
}
