//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// Waits for the descriptors of one or more buffers, and for `close()`. Admits one reader at a time.
///
/// The descriptors are edge-triggered (`EPOLLET`). While a ring's next record is being written, the ring stays
/// readable, so a level-triggered wait would spin until the record is complete. A reader that finds no record therefore
/// looks again after a fence, before it waits. A record that is completed later finds the ring read up to it, and wakes
/// the reader.
@usableFromInline
final class EventWaiter: Sendable {
  /// The epoll instance that readers wait on.
  let poll: EventPoll
  private let wakeEvent: WakeEvent
  private let closed = Atomic<Bool>(false)
  private let hasReader = Atomic<Bool>(false)
  /// The number of calls of `isTimeToYield()`.
  private let visits = Atomic<UInt>(0)

  init() throws(Errno) {
    poll = try EventPoll()
    wakeEvent = try WakeEvent()
    try poll.add(wakeEvent.descriptor, .readable, tag: 0)
  }

  /// Adds the descriptor of a buffer, until it is closed. System calls: epoll_ctl(2).
  func add(_ descriptor: FileDescriptor) throws(Errno) {
    try poll.add(descriptor, [.readable, .edges], tag: 0)
  }

  // MARK: - One reader

  /// Makes the caller the reader.
  ///
  /// - Parameters:
  ///   - map: the map that an error names: the only map, or the first one.
  ///   - buffer: the buffer's name in an error, such as "a ring buffer".
  /// - Throws: `BPFError.Code.busy` if there is another reader.
  func acquire(_ map: MapHandle, _ buffer: String) throws(BPFError) {
    guard !hasReader.exchange(true, ordering: .acquiring) else {
      throw map.eventFailure(
        .consume, .busy, nil, "another thread or task reads it, and \(buffer) has one reader at a time")
    }
  }

  /// Ends the caller's role as the reader.
  @usableFromInline
  func release() { hasReader.store(false, ordering: .releasing) }

  /// Returns whether the reader's task should yield: true for each 64th call.
  ///
  /// A task that always finds a record never suspends. As many such tasks as there are CPUs would starve all other
  /// tasks, including those that want to cancel them.
  func isTimeToYield() -> Bool {
    // Only the one reader counts, so a load and a store are enough.
    let count = visits.load(ordering: .relaxed) &+ 1
    visits.store(count, ordering: .relaxed)
    return count % 64 == 0
  }

  // MARK: - Closing

  /// Ends all current and future waits.
  func close() {
    closed.store(true, ordering: .releasing)
    wakeEvent.signal()
  }

  @usableFromInline
  var isClosed: Bool { closed.load(ordering: .acquiring) }

  // MARK: - Waiting

  /// Blocks the thread until there is something to read. System calls: epoll_wait(2), once for each event.
  ///
  /// - Parameter isReadable: returns whether there is something to read.
  /// - Returns: Whether there is something to read; false after the timeout or `close()`.
  func wait(for timeout: Duration?, until isReadable: () -> Bool) throws(Errno) -> Bool {
    if isReadable() { return true }
    let deadline = Deadline(after: timeout)
    while !isClosed {
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if isReadable() { return true }
      do throws(Errno) {
        guard try poll.wait(milliseconds: deadline.milliseconds, { _ in }) else { return isReadable() }
      } catch {
        // A signal handler has run, and the wait continues.
        guard error == .interrupted else { throw error }
      }
    }
    return false
  }

  /// Suspends the task until there is something to read.
  ///
  /// System calls for each wait: epoll_ctl(2), and epoll_wait(2) twice, one of them on the watcher's thread.
  ///
  /// - Parameter isReadable: returns whether there is something to read.
  /// - Returns: Whether there is something to read; false if the task was cancelled or `close()` was called.
  func wait(until isReadable: @Sendable () -> Bool) async throws(Errno) -> Bool {
    while !isClosed, !Task.isCancelled {
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if isReadable() { return true }
      try await Watcher.shared().waitUntilReadable(poll.descriptor, unless: isReadable)
      // Consumes the event. An event that stays pending would end the next wait at once.
      try consumeEvents()
    }
    return false
  }

  private func consumeEvents() throws(Errno) {
    do throws(Errno) {
      _ = try poll.wait(milliseconds: 0) { _ in }
    } catch {
      guard error == .interrupted else { throw error }
    }
  }
}
