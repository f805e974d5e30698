//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// Waits for descriptors on behalf of tasks, which must not block a thread of Swift's pool.
///
/// A process has one watcher. Its thread starts with the first wait, and sleeps in epoll_wait(2) until an event occurs.
final class Watcher: Sendable {
  /// The epoll instance that the thread waits on.
  let poll: EventPoll
  private let waits = Mutex(Waits())
  private let lastTag = Atomic<UInt64>(0)

  private static let current = Mutex<Watcher?>(nil)

  private struct Waits {
    var continuations: [UInt64: CheckedContinuation<Errno?, Never>] = [:]
    /// The error that ended the thread; nil while it runs.
    var failure: Errno?
  }

  private init() throws(Errno) { poll = try EventPoll() }

  /// Returns the process's watcher, and starts it on the first call.
  static func shared() throws(Errno) -> Watcher {
    try current.withLock { (current) throws(Errno) in
      if let current { return current }
      let watcher = try Watcher()
      try watcher.start()
      current = watcher
      return watcher
    }
  }

  // MARK: - Waiting

  /// Suspends the task until a descriptor is readable, or the task is cancelled.
  ///
  /// Only one task at a time may wait for a descriptor. System calls: epoll_ctl(2), twice the first time.
  ///
  /// - Parameter isOver: called once the kernel knows about the wait; returns whether the wait is no longer needed.
  func waitUntilReadable(
    _ descriptor: FileDescriptor, unless isOver: @Sendable () -> Bool
  ) async throws(Errno) {
    let tag = lastTag.wrappingAdd(1, ordering: .relaxed).newValue
    let failure = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waits.withLock { $0.continuations[tag] = continuation }
        do throws(Errno) {
          if let failure = waits.withLock(\.failure) { throw failure }
          try poll.set(descriptor, [.readable, .once], tag: tag)
        } catch {
          // The thread may keep sleeping without noticing that its descriptor was closed, or now belongs to another
          // file.
          let isLost = error == .invalidArgument || error == .badFileDescriptor && !poll.isOpen
          if isLost { stop(error) } else { resume(tag, error) }
        }
        // A task that was cancelled before it was registered had no wait that `onCancel` could end.
        if Task.isCancelled || isOver() { resume(tag) }
      }
    } onCancel: {
      resume(tag)
    }
    if let failure { throw failure }
  }

  /// Resumes the waiting task, unless it was resumed before.
  private func resume(_ tag: UInt64, _ failure: Errno? = nil) {
    waits.withLock { $0.continuations.removeValue(forKey: tag) }?.resume(returning: failure)
  }

  // MARK: - The thread

  private func start() throws(Errno) {
    // The watcher is never released: see `stop(_:)`.
    let kept = unsafe Unmanaged.passRetained(self)
    do throws(Errno) {
      try DetachedThread.start { self.watch() }
    } catch {
      unsafe kept.release()
      throw error
    }
  }

  private func watch() {
    // Once the watcher has ended, its descriptor number may belong to its successor, whose events this thread must not take.
    while waits.withLock({ $0.failure == nil }) {
      do throws(Errno) {
        _ = try poll.wait(milliseconds: -1) { resume($0) }
      } catch {
        // Signals are blocked. Every other error is permanent, such as a descriptor that other code has closed.
        if error != .interrupted { return stop(error) }
      }
    }
  }

  /// Ends all waits with an error, and retires this watcher. The next wait starts a new one.
  ///
  /// This watcher is never released: its descriptor number may belong to another file by now, which would be closed.
  private func stop(_ failure: Errno) {
    Watcher.current.withLock { current in if current === self { current = nil } }
    let tags = waits.withLock { waits in
      waits.failure = failure
      return Array(waits.continuations.keys)
    }
    for tag in tags { resume(tag, failure) }
  }
}
