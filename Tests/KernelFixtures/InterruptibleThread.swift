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

/// A thread that can be interrupted by a signal without any other effect.
package struct InterruptibleThread: @unchecked Sendable {
  private let thread: pthread_t

  /// Returns the calling thread.
  package static func current() -> InterruptibleThread {
    _ = hasHandler
    return InterruptibleThread(thread: pthread_self())
  }

  /// Sends the signal. The thread must still run.
  package func interrupt() { pthread_kill(thread, SIGURG) }

  /// Installs a handler: without one, SIGURG is ignored and interrupts nothing.
  private static let hasHandler = signal(SIGURG) { _ in } != nil
}
