//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A buffer of records that this process sends to BPF programs: a map of type `user_ringbuf`. Linux 6.1.
///
/// ```swift
/// let object = try ObjectFile("requests.bpf.o").load()
/// let buffer = try UserRingBuffer(object.map("requests"))
/// if var record = try buffer.reserve(8, timeout: .seconds(1)) {
///   record.withBytes { $0.storeBytes(of: 42, as: UInt64.self) }
///   record.submit()
/// }
/// ```
///
/// Programs read the records when they call `bpf_user_ringbuf_drain`, in the order of the reservations. Sending a
/// record does not wake a program. Any number of threads may reserve and fill records at the same time. A record that
/// is not submitted yet holds up all later ones. A process has one `UserRingBuffer` for a map, and only one process
/// should write to the map.
public final class UserRingBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  private let ring: MappedRing
  private let reserving = Mutex<Void>(())

  /// Opens a map to send records to programs.
  ///
  /// Sending continues where the previous writer stopped, even if that was another process. Programs read the records
  /// that it submitted. If it was killed, the records that it had reserved but neither submitted nor discarded are
  /// discarded now. Until then, programs read nothing after them. If another process left an invalid position, the ring
  /// starts empty.
  ///
  /// System calls: mmap(2) twice. Linux 6.1.
  ///
  /// - Parameter map: a map of type `userRingBuf`, opened read-write.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.busy` if this process
  ///   writes it already, `BPFError.Code.outOfResources`.
  public init(_ map: MapHandle) throws(BPFError) {
    try map.requireType(.userRingBuf, for: "a UserRingBuffer")
    ring = try MappedRing(map, isWritten: true)
    self.map = map
    discardUnfinished()
  }

  /// Discards the records that the previous writer had reserved but not submitted when it was killed.
  ///
  /// Otherwise programs would wait for these records forever, and never read later ones.
  private func discardUnfinished() {
    let memory = ring.memory
    var (position, end) = (memory.consumerPosition, memory.producerPosition)
    if end &- position > memory.byteCount || end & 7 != 0 {
      // Only the kernel writes the reader's position, so that one is valid.
      memory.producerPosition = position
      end = position
    }
    while position != end {
      let header = memory.header(at: position)
      guard header.stride <= end &- position else {
        // Programs could not read past this record.
        memory.producerPosition = position
        return
      }
      if header.isBusy { finish(position, Int(header.length), isSubmitted: false) }
      position &+= header.stride
    }
  }

  /// The number of free bytes. Each record takes eight bytes more than its length. No system call.
  public var freeBytes: Int {
    // Loads the reader's position first, so that the writer's position is not before it. If the reader advances in
    // between, their distance may exceed the size of the ring.
    let read = ring.memory.consumerPosition
    let unread = min(ring.memory.producerPosition &- read, ring.memory.byteCount)
    return Int(ring.memory.byteCount - unread)
  }

  // MARK: - Reserving

  /// The size limit of a record that programs can read.
  private static let largestRecord = 1 << 24 - 1

  /// Reserves space for a record, if there is enough now.
  ///
  /// No system call, no allocation.
  ///
  /// - Parameter byteCount: the length of the record.
  /// - Returns: The reservation, to be filled and submitted; nil if programs must read some records first.
  /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record that never fits, `BPFError.Code.malformed` if another
  ///   process has moved the writer's position.
  public func reserve(_ byteCount: Int) throws(BPFError) -> Reservation? {
    let memory = ring.memory
    guard byteCount >= 0, byteCount <= UserRingBuffer.largestRecord,
      UInt(byteCount) + RecordHeader.byteCount <= memory.byteCount
    else {
      throw map.eventFailure(
        .reserve, .wrongSize, nil,
        "a record of \(byteCount) bytes never fits: it must be smaller than 16 MiB, and at most \(memory.byteCount) bytes with its 8-byte header"
      )
    }
    let header = RecordHeader(word: UInt32(byteCount) | RecordHeader.busy)
    let position: UInt? = try reserving.withLock { (_) throws(BPFError) in
      let (written, read) = (memory.producerPosition, memory.consumerPosition)
      guard written &- read <= memory.byteCount, written & 7 == 0 else { throw ring.damageError() }
      guard header.stride <= memory.byteCount &- (written &- read) else { return nil }
      memory.setHeader(header, at: written)
      memory.producerPosition = written &+ header.stride
      return written
    }
    guard let position else { return nil }
    return Reservation(self, position, byteCount)
  }

  /// Reserves space for a record, and waits while there is not enough.
  ///
  /// The wait ends when a program has read records. A program that drains with `BPF_RB_NO_WAKEUP` does not end it.
  /// System calls: none if there is space; otherwise epoll_create1(2), epoll_ctl(2), epoll_wait(2), usually twice, and
  /// close(2).
  ///
  /// - Parameters:
  ///   - byteCount: the length of the record.
  ///   - timeout: the time limit, with millisecond precision; nil for no limit.
  /// - Returns: The reservation; nil after the timeout.
  /// - Throws: as ``reserve(_:)``; `BPFError.Code.outOfResources` if no descriptor is left for the wait.
  public func reserve(_ byteCount: Int, timeout: Duration?) throws(BPFError) -> Reservation? {
    if let reservation = try reserve(byteCount) { return reservation }
    let deadline = Deadline(after: timeout)
    let poll = try makeSpacePoll()
    while true {
      if let reservation = try reserve(byteCount) { return reservation }
      do throws(Errno) {
        guard try poll.wait(milliseconds: deadline.milliseconds, { _ in }) else { break }
      } catch {
        guard error == .interrupted else { throw BPFError.waiting(for: map, error) }
      }
    }
    return try reserve(byteCount)
  }

  /// Creates the epoll instance for one waiting thread. Each thread has its own, so that no other thread consumes its
  /// events.
  private func makeSpacePoll() throws(BPFError) -> EventPoll {
    do throws(Errno) {
      let poll = try EventPoll()
      // Edge-triggered: the ring may have space but not enough, and then the thread must sleep until there is more.
      try poll.add(map.descriptor.borrowed, [.writable, .edges], tag: 0)
      return poll
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  /// Marks a reserved record as submitted or discarded.
  fileprivate func finish(_ position: UInt, _ byteCount: Int, isSubmitted: Bool) {
    let state = isSubmitted ? 0 : RecordHeader.discarded
    ring.memory.setHeader(RecordHeader(word: UInt32(byteCount) | state), at: position)
  }

  /// Lends the bytes of a record that is reserved, and neither submitted nor discarded.
  fileprivate func withBytes<R, E: Error>(
    _ position: UInt, _ byteCount: Int, _ body: (inout MutableRawSpan) throws(E) -> R
  ) throws(E) -> R {
    let start = unsafe ring.memory.bytes(at: position)
    // The bytes belong to this record alone until its header is no longer busy.
    var bytes = unsafe MutableRawSpan(_unsafeStart: start, byteCount: byteCount)
    return try body(&bytes)
  }
}

// MARK: - Reservations

extension UserRingBuffer {
  /// A reserved record, to be filled and submitted. It is discarded if it is destroyed before.
  public struct Reservation: ~Copyable, Sendable {
    private let buffer: UserRingBuffer
    private let position: UInt
    private var isSubmitted = false

    /// The length of the record in bytes.
    public let byteCount: Int

    fileprivate init(_ buffer: UserRingBuffer, _ position: UInt, _ byteCount: Int) {
      (self.buffer, self.position, self.byteCount) = (buffer, position, byteCount)
    }

    deinit { buffer.finish(position, byteCount, isSubmitted: isSubmitted) }

    /// Lends the record's bytes, which start at a multiple of 8. Bytes that are not written keep their previous
    /// contents.
    public mutating func withBytes<R, E: Error>(
      _ body: (inout MutableRawSpan) throws(E) -> R
    ) throws(E) -> R {
      try buffer.withBytes(position, byteCount, body)
    }

    /// Submits the record to programs. No system call.
    public consuming func submit() { isSubmitted = true }

    /// Discards the record, as its destruction does. No system call.
    public consuming func discard() {}
  }

  /// Sends a copy of bytes, if there is enough space now.
  ///
  /// No system call, no allocation.
  ///
  /// - Returns: Whether there was enough space.
  /// - Throws: as ``reserve(_:)-(Int)``.
  public func send(_ record: RawSpan) throws(BPFError) -> Bool {
    guard var reservation = try reserve(record.byteCount) else { return false }
    reservation.withBytes { bytes in
      // Both have the same length, and do not overlap.
      unsafe bytes.withUnsafeMutableBytes { bytes in
        unsafe record.withUnsafeBytes { record in unsafe bytes.copyMemory(from: record) }
      }
    }
    reservation.submit()
    return true
  }

  /// Sends a copy of bytes, if there is enough space now. See ``send(_:)-(RawSpan)``.
  public func send(_ record: [UInt8]) throws(BPFError) -> Bool { try send(unsafe record.span.bytes) }
}
