//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// Descriptors that are waited for together. epoll(7).
package struct EventPoll: ~Copyable, Sendable {
  private let epoll: OwnedDescriptor

  /// Nothing to wait for as yet. epoll_create1(2).
  package init() throws(Errno) {
    let descriptor = epoll_create1(linux_epoll_close_on_exec)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    epoll = OwnedDescriptor(rawValue: descriptor)
  }

  /// The descriptor of all, which another ``EventPoll`` can wait for: it is readable if one of them is ready.
  package var descriptor: FileDescriptor { epoll.borrowed }

  /// Whether the number of the descriptor still names an open file, as it does unless other code has closed it. fcntl(2).
  package var isOpen: Bool { fcntl(epoll.rawValue, F_GETFD) >= 0 }

  /// What is waited for, and how.
  package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static var readable: Interest { Interest(rawValue: linux_epoll_readable) }
    package static var writable: Interest { Interest(rawValue: linux_epoll_writable) }
    /// Only news: what was told once is not told again until the kernel wakes who waits anew.
    package static var edges: Interest { Interest(rawValue: linux_epoll_edge) }
    /// Once only, until it is set anew.
    package static var once: Interest { Interest(rawValue: linux_epoll_once) }
  }

  /// Waits for a descriptor from now on. epoll_ctl(2).
  package func add(_ descriptor: FileDescriptor, _ interest: Interest, tag: UInt64) throws(Errno) {
    try control(EPOLL_CTL_ADD, descriptor, interest, tag)
  }

  /// Waits for a descriptor as is said now, whether it was waited for already or not. epoll_ctl(2), the first time
  /// twice.
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

  /// Waits until something happens, or for some time. epoll_wait(2), and again if sixteen descriptors were ready.
  ///
  /// - Parameters:
  ///   - milliseconds: how long to wait at most; 0 not at all, -1 for ever.
  ///   - body: is given the number that each descriptor was added with to which something happened.
  /// - Returns: whether anything did.
  /// - Throws: `EINTR` if a signal came first.
  package func wait(milliseconds: Int32, _ body: (UInt64) -> Void) throws(Errno) -> Bool {
    let most = 16
    var (count, total, patience) = (0, 0, milliseconds)
    repeat {
      let answer: Result<Int, Errno> = unsafe withUnsafeTemporaryAllocation(
        of: epoll_event.self, capacity: most
      ) { events in
        // Newer C libraries declare that there is one.
        guard let start = events.baseAddress else { return .success(0) }
        let count = unsafe epoll_wait(epoll.rawValue, start, CInt(most), patience)
        guard count >= 0 else { return .failure(Errno(rawValue: errno)) }
        for index in 0..<Int(count) {
          // The kernel has filled in as many.
          body(unsafe events[index].data.u64)
        }
        return .success(Int(count))
      }
      count = try answer.get()
      total += count
      patience = 0
    } while count == most
    return total > 0
  }
}

/// A bell that whoever waits for it hears, once it is rung, for good. eventfd(2).
package struct WakeEvent: ~Copyable, Sendable {
  private let event: OwnedDescriptor

  package init() throws(Errno) {
    let descriptor = eventfd(0, linux_eventfd_flags)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    event = OwnedDescriptor(rawValue: descriptor)
  }

  package var descriptor: FileDescriptor { event.borrowed }

  /// Rings. write(2).
  package func ring() {
    var one: UInt64 = 1
    // It fails only if it was rung two to the power of 64 times.
    _ = unsafe write(event.rawValue, &one, MemoryLayout.size(ofValue: one))
  }
}
