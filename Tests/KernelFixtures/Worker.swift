//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Dispatch
import Foundation
import Synchronization

/// Threads outside Swift's thread pool. They start at once, and may block and spin without starving tests that run in
/// parallel.
package enum Worker {
  /// Runs `body` on a thread of its own, and returns or throws its result.
  package static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try body() }) }.start()
    }
  }

  /// Starts `body` on a thread of its own, to be joined later.
  package static func start<R: Sendable>(_ body: @escaping @Sendable () throws -> R) -> Job<R> {
    let job = Job<R>()
    Thread { job.finish(Result { try body() }) }.start()
    return job
  }

  /// A body that runs on a thread of its own.
  package final class Job<R: Sendable>: Sendable {
    private let result = Mutex<Result<R, any Error>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    fileprivate func finish(_ result: Result<R, any Error>) {
      self.result.withLock { $0 = result }
      ended.signal()
    }

    /// Waits for the body to end, and returns or throws its result. Call it only once.
    package func join() throws -> R? {
      ended.wait()
      return try result.withLock { try $0?.get() }
    }
  }
}

/// Tells a worker to stop.
package final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  package init() {}

  package var isSet: Bool { value.load(ordering: .acquiring) }
  package func set() { value.store(true, ordering: .releasing) }
}
