//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// What a reader waits on: the descriptors of its buffers, and a bell for the end of all reading. It has one reader at a
/// time.
///
/// The kernel is asked for news alone (`EPOLLET`). A ring whose next record is being written is readable all the time,
/// and to ask for more than news would be to spin until it is done. Hence whoever finds nothing to read looks once more
/// before it waits, after a fence: a record that is completed later finds the ring read up to it, and wakes.
@usableFromInline
final class EventWaiter: Sendable {
  /// What threads wait on.
  let poll: EventPoll
  private let bell: WakeEvent
  private let isRung = Atomic<Bool>(false)
  private let isTaken = Atomic<Bool>(false)
  /// How often the reader's task came by.
  private let visits = Atomic<UInt>(0)

  init() throws(Errno) {
    poll = try EventPoll()
    bell = try WakeEvent()
    try poll.add(bell.descriptor, .readable, tag: 0)
  }

  /// Waits for a buffer's descriptor, too, until it is closed. epoll_ctl(2).
  func add(_ descriptor: FileDescriptor) throws(Errno) {
    try poll.add(descriptor, [.readable, .edges], tag: 0)
  }

  // MARK: - One reader

  /// Makes the caller the reader.
  ///
  /// - Parameters:
  ///   - map: the map that is read, or the first of them.
  ///   - buffer: what it is called, as in "a ring buffer".
  /// - Throws: `BPFError.Code.busy` if there is one.
  func take(_ map: MapHandle, _ buffer: String) throws(BPFError) {
    guard !isTaken.exchange(true, ordering: .acquiring) else {
      throw map.eventFailure(
        .consume, .busy, nil, "another thread or task reads it, and \(buffer) has one reader at a time")
    }
  }

  /// The caller reads no longer.
  @usableFromInline
  func release() { isTaken.store(false, ordering: .releasing) }

  /// Whether it is time for the reader's task to let others run: each 64th time.
  ///
  /// A task that always finds a record never waits. As many of them as there are CPUs would keep all other tasks from
  /// running, and among these whoever wants to cancel them.
  func isTimeToYield() -> Bool {
    // There is one reader.
    let count = visits.load(ordering: .relaxed) &+ 1
    visits.store(count, ordering: .relaxed)
    return count % 64 == 0
  }

  // MARK: - The end

  /// Ends all waits, now and ever.
  func close() {
    isRung.store(true, ordering: .releasing)
    bell.signal()
  }

  @usableFromInline
  var isClosed: Bool { isRung.load(ordering: .acquiring) }

  // MARK: - Waiting

  /// Blocks the thread until there is something to read. epoll_wait(2) for each time there is news.
  ///
  /// - Parameter isReadable: says whether there is.
  /// - Returns: whether there is; false if the time is over, or the bell was rung.
  func wait(for timeout: Duration?, until isReadable: () -> Bool) throws(Errno) -> Bool {
    if isReadable() { return true }
    let deadline = Deadline(after: timeout)
    while !isClosed {
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if isReadable() { return true }
      do throws(Errno) {
        guard try poll.wait(milliseconds: deadline.milliseconds, { _ in }) else { return isReadable() }
      } catch {
        // A signal's handler has run, and the wait goes on.
        guard error == .interrupted else { throw error }
      }
    }
    return false
  }

  /// Suspends the task until there is something to read. For each wait epoll_ctl(2), and epoll_wait(2) twice, once of
  /// them on the thread that waits for tasks.
  ///
  /// - Parameter isReadable: says whether there is.
  /// - Returns: whether there is; false if the task is cancelled, or the bell was rung.
  func wait(until isReadable: @Sendable () -> Bool) async throws(Errno) -> Bool {
    while !isClosed, !Task.isCancelled {
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if isReadable() { return true }
      try await Watcher.shared().waitUntilReadable(poll.descriptor, unless: isReadable)
      // The news are taken note of, or else they would be told again, and waiting would be spinning.
      try takeNews()
    }
    return false
  }

  private func takeNews() throws(Errno) {
    do throws(Errno) {
      _ = try poll.wait(milliseconds: 0) { _ in }
    } catch {
      guard error == .interrupted else { throw error }
    }
  }
}
