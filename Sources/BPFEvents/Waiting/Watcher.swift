//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Waits for descriptors in the place of tasks, which must not block a thread of Swift's pool.
///
/// There is one for the process: one thread, from the first wait on, that sleeps in epoll_wait(2) as long as nothing
/// happens.
final class Watcher: Sendable {
  /// What the thread waits on.
  let poll: EventPoll
  private let waits = Mutex(Waits())
  private let lastTag = Atomic<UInt64>(0)

  private static let current = Mutex<Watcher?>(nil)

  private struct Waits {
    var continuations: [UInt64: CheckedContinuation<Errno?, Never>] = [:]
    /// Why the thread has ended, if it has.
    var failure: Errno?
  }

  private init() throws(Errno) { poll = try EventPoll() }

  /// The process's own.
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
  /// One task at a time may wait for a descriptor. epoll_ctl(2), the first time twice.
  ///
  /// - Parameter isOver: is asked once the kernel knows of the wait, and says whether there is no need for it any more.
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
          // The thread may sleep on, and not learn that its descriptor was closed, or is another file's.
          let isLost = error == .invalidArgument || error == .badFileDescriptor && !poll.isOpen
          if isLost { stop(error) } else { end(tag, error) }
        }
        // Whoever cancelled the task before the wait was entered found none to end.
        if Task.isCancelled || isOver() { end(tag) }
      }
    } onCancel: {
      end(tag)
    }
    if let failure { throw failure }
  }

  /// Resumes the task that waits, if it still does.
  private func end(_ tag: UInt64, _ failure: Errno? = nil) {
    waits.withLock { $0.continuations.removeValue(forKey: tag) }?.resume(returning: failure)
  }

  // MARK: - The thread

  private func start() throws(Errno) {
    var thread = pthread_t()
    let watcher = unsafe Unmanaged.passRetained(self)
    // Signals are for the program's threads. The new one inherits what is blocked.
    let failure = SignalMask.withAllBlocked {
      unsafe pthread_create(
        &thread, nil,
        { watcher in
          if let watcher = unsafe watcher {
            unsafe Unmanaged<Watcher>.fromOpaque(watcher).takeUnretainedValue().watch()
          }
          return nil
        }, watcher.toOpaque())
    }
    guard failure == 0 else {
      unsafe watcher.release()
      throw Errno(rawValue: failure)
    }
    pthread_detach(thread)
  }

  private func watch() {
    while true {
      do throws(Errno) {
        _ = try poll.wait(milliseconds: -1) { end($0) }
      } catch {
        // Signals are blocked. All else fails for good, such as if other code has closed the descriptor.
        if error != .interrupted { return stop(error) }
      }
    }
  }

  /// Ends all waits, of which the kernel tells no more. Whoever waits next gets another watcher.
  ///
  /// This one is never released: its descriptor's number may by now be another file's, which would be closed.
  private func stop(_ failure: Errno) {
    Watcher.current.withLock { current in if current === self { current = nil } }
    let tags = waits.withLock { waits in
      waits.failure = failure
      return Array(waits.continuations.keys)
    }
    for tag in tags { end(tag, failure) }
  }
}
