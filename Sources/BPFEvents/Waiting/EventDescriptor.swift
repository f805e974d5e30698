//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// An epoll instance that is readable while a buffer has something to read, for event loops of others. It is made when
/// it is first asked for.
///
/// The instance of an ``EventWaiter`` does not fit: its events are edge-triggered, and the waiter consumes them.
final class EventDescriptor: Sendable {
  private let poll = Mutex<EventPoll?>(nil)

  /// Returns the descriptor of the instance, which this object owns.
  ///
  /// - Parameter descriptors: calls a function with each descriptor of the buffer, to add it to a new instance.
  func get(
    adding descriptors: ((FileDescriptor) throws(Errno) -> Void) throws(Errno) -> Void
  ) throws(Errno) -> FileDescriptor {
    try poll.withLock { (poll) throws(Errno) in
      if let descriptor = poll?.descriptor { return descriptor }
      let new = try EventPoll()
      try descriptors { (descriptor) throws(Errno) in try new.add(descriptor, .readable, tag: 0) }
      let descriptor = new.descriptor
      poll = consume new
      return descriptor
    }
  }

  /// Adds a descriptor that the buffer has opened since, if there is an instance.
  func add(_ descriptor: FileDescriptor) throws(Errno) {
    try poll.withLock { (poll) throws(Errno) in
      do throws(Errno) {
        try poll?.add(descriptor, .readable, tag: 0)
      } catch {
        // The instance was made with it.
        guard error == .fileExists else { throw error }
      }
    }
  }
}
