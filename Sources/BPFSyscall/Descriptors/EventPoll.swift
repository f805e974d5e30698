//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// Waits for several descriptors at once. epoll(7).
package struct EventPoll: ~Copyable, Sendable {
  private let epoll: OwnedDescriptor

  /// Creates an instance without descriptors. epoll_create1(2).
  package init() throws(Errno) {
    let descriptor = epoll_create1(linux_epoll_close_on_exec)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    epoll = OwnedDescriptor(rawValue: descriptor)
  }

  /// The descriptor of the epoll instance. It is readable while one of its descriptors is ready, so another
  /// ``EventPoll`` can wait for it.
  package var descriptor: FileDescriptor { epoll.borrowed }

  /// Whether the descriptor is still open. It is, unless other code has closed it. fcntl(2).
  package var isOpen: Bool { fcntl(epoll.rawValue, F_GETFD) >= 0 }

  /// The events to wait for, and their delivery.
  package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static var readable: Interest { Interest(rawValue: linux_epoll_readable) }
    package static var writable: Interest { Interest(rawValue: linux_epoll_writable) }
    /// Edge-triggered: an event is reported once, until the kernel signals a new one.
    package static var edges: Interest { Interest(rawValue: linux_epoll_edge) }
    /// One-shot: reports one event, then nothing until the descriptor is set again.
    package static var once: Interest { Interest(rawValue: linux_epoll_once) }
  }

  /// Adds a descriptor. epoll_ctl(2).
  package func add(_ descriptor: FileDescriptor, _ interest: Interest, tag: UInt64) throws(Errno) {
    try control(EPOLL_CTL_ADD, descriptor, interest, tag)
  }

  /// Adds a descriptor, or changes one that was added. epoll_ctl(2), twice if the descriptor is new.
  package func set(_ descriptor: FileDescriptor, _ interest: Interest, tag: UInt64) throws(Errno) {
    do throws(Errno) {
      try control(EPOLL_CTL_MOD, descriptor, interest, tag)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw error }
      try control(EPOLL_CTL_ADD, descriptor, interest, tag)
    }
  }

  private func control(
    _ operation: CInt, _ descriptor: FileDescriptor, _ interest: Interest, _ tag: UInt64
  ) throws(Errno) {
    var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: tag))
    let answer = unsafe epoll_ctl(epoll.rawValue, operation, descriptor.rawValue, &event)
    guard answer == 0 else { throw Errno(rawValue: errno) }
  }

  /// Waits for events until a timeout. epoll_wait(2), and again each time sixteen descriptors were ready.
  ///
  /// - Parameters:
  ///   - milliseconds: the timeout; 0 does not wait, -1 waits indefinitely.
  ///   - body: called with the tag of each descriptor that is ready.
  /// - Returns: whether any descriptor was ready.
  /// - Throws: `EINTR` if a signal interrupted the call.
  package func wait(milliseconds: Int32, _ body: (UInt64) -> Void) throws(Errno) -> Bool {
    let most = 16
    var (count, total, timeout) = (0, 0, milliseconds)
    repeat {
      let answer: Result<Int, Errno> = unsafe withUnsafeTemporaryAllocation(
        of: epoll_event.self, capacity: most
      ) { events in
        // In newer C libraries the parameter is non-optional.
        guard let start = events.baseAddress else { return .success(0) }
        let count = unsafe epoll_wait(epoll.rawValue, start, CInt(most), timeout)
        guard count >= 0 else { return .failure(Errno(rawValue: errno)) }
        for index in 0..<Int(count) {
          // The kernel has filled in this many events.
          body(unsafe events[index].data.u64)
        }
        return .success(Int(count))
      }
      count = try answer.get()
      total += count
      timeout = 0
    } while count == most
    return total > 0
  }
}

/// An event that wakes all waiting readers once it is signaled. It stays signaled. eventfd(2).
package struct WakeEvent: ~Copyable, Sendable {
  private let event: OwnedDescriptor

  package init() throws(Errno) {
    let descriptor = eventfd(0, linux_eventfd_flags)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    event = OwnedDescriptor(rawValue: descriptor)
  }

  package var descriptor: FileDescriptor { event.borrowed }

  /// Signals the event. write(2).
  package func signal() {
    var one: UInt64 = 1
    // This fails only after 2^64 calls.
    _ = unsafe write(event.rawValue, &one, MemoryLayout.size(ofValue: one))
  }
}
