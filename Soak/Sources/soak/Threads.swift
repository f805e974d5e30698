//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Dispatch
import Foundation
import Synchronization

/// A thread outside Swift's pool, which may block and spin.
final class Job<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts a thread.
  init(_ body: @escaping @Sendable () throws -> Value) {
    Thread {
      self.result.withLock { $0 = Result { try body() } }
      self.ended.signal()
    }.start()
  }

  /// Waits for the thread to end, and returns or throws its result. Blocks the calling thread. Call it only once.
  func join() throws -> Value {
    ended.wait()
    guard let result = result.withLock({ $0 }) else { throw SoakError("a thread ended without a result") }
    return try result.get()
  }

  /// Runs `body` on a new thread, and waits for it without blocking a thread of Swift's pool.
  static func run(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try body() }) }.start()
    }
  }
}

/// Tells a thread to stop.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}

func pause(_ duration: Duration) {
  let (seconds, attoseconds) = duration.components
  usleep(UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
}
