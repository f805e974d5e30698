//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// What a reader waits on: the descriptors of its buffers, and a bell for the end of all reading. It has one reader at a
/// time.
///
/// The kernel is asked for news alone (`EPOLLET`). A ring whose next record is being written is readable all the time,
/// and to ask for more than news would be to spin until it is done. Hence the order of things: whoever finds nothing to
/// read calls ``orderBeforeLook()``, looks once more, and then waits. A record that is completed after that look
/// finds the ring read up to it, and wakes.
@usableFromInline
final class Readiness: Sendable {
  private let poll: EventPoll
  private let bell: Bell
  private let isRung = Atomic<Bool>(false)
  private let isTaken = Atomic<Bool>(false)

  private static let bellTag = UInt64.max

  init() throws(Errno) {
    poll = try EventPoll()
    bell = try Bell()
    try poll.add(bell.descriptor, .readable, tag: Readiness.bellTag)
  }

  /// Waits for a buffer's descriptor, too.
  func add(_ descriptor: FileDescriptor, tag: Int) throws(Errno) {
    try poll.add(descriptor, [.readable, .edges], tag: UInt64(tag))
  }

  /// Waits for a buffer's descriptor no longer.
  func remove(_ descriptor: FileDescriptor) { poll.remove(descriptor) }

  // MARK: - One reader

  /// Makes the caller the reader; false if there is one.
  @usableFromInline
  func take() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

  /// The caller reads no longer.
  @usableFromInline
  func release() { isTaken.store(false, ordering: .releasing) }

  // MARK: - The end

  /// Ends all waits, now and ever.
  func close() {
    isRung.store(true, ordering: .releasing)
    bell.ring()
  }

  @usableFromInline
  var isClosed: Bool { isRung.load(ordering: .acquiring) }

  // MARK: - Waiting

  /// Orders what was said to the kernel of records read before the look at what there is.
  func orderBeforeLook() { atomicMemoryFence(ordering: .sequentiallyConsistent) }

  /// Blocks the thread until there is news. epoll_wait(2).
  ///
  /// - Parameter hungUp: is given the tags of descriptors of which no more is to come.
  /// - Returns: false if the time was over first.
  func block(until deadline: Deadline, hungUp: (Int) -> Void = { _ in }) throws(Errno) -> Bool {
    while true {
      let milliseconds = deadline.milliseconds
      do throws(Errno) {
        return try poll.wait(milliseconds: milliseconds) { event in
          if event.isHungUp { hungUp(Int(event.tag)) }
        }
      } catch {
        // A signal's handler has run, and the wait goes on.
        guard error == .interrupted else { throw error }
      }
    }
  }

  /// Suspends the task until there is news, or it is cancelled. epoll_ctl(2), epoll_wait(2).
  func suspend(hungUp: (Int) -> Void = { _ in }) async throws(Errno) {
    try await Watcher.shared().waitUntilReadable(poll.descriptor)
    // The news are taken note of, or else they would be told again.
    _ = try block(until: Deadline(after: .zero), hungUp: hungUp)
  }
}
