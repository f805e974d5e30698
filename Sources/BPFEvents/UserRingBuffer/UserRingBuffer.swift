//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// Records that this process sends to BPF programs: a map of type `user_ringbuf`. Linux 6.1.
///
/// ```swift
/// let object = try ObjectFile("requests.bpf.o").load()
/// let buffer = try UserRingBuffer(object.map("requests"))
/// if var room = try buffer.reserve(8, timeout: .seconds(1)) {
///   room.withBytes { $0.storeBytes(of: 42, as: UInt64.self) }
///   room.submit()
/// }
/// ```
///
/// Programs read the records in the order in which room was reserved, when they call `bpf_user_ringbuf_drain`: nothing
/// wakes them. Any number of threads may reserve and fill at the same time; a record that is not submitted yet holds up
/// those behind it. A map has one `UserRingBuffer` in a process, and should have one process that writes it.
public final class UserRingBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  private let ring: MappedRing
  private let reserving = Mutex<Void>(())

  /// Opens a map to send records to programs.
  ///
  /// Sending goes on where the writer before stopped, in whatever process that was. What it had submitted is read; what
  /// it had reserved and neither submitted nor discarded, because it was killed, is discarded now. Until then programs
  /// read nothing that is behind it. Where another process has left a position that cannot be, nothing is left to read.
  ///
  /// System calls: mmap(2) twice. Linux 6.1.
  ///
  /// - Parameter map: a map of type `userRingBuf`, opened read-write.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.busy` if this process
  ///   writes it already, `BPFError.Code.outOfResources`.
  public init(_ map: MapHandle) throws(BPFError) {
    try map.prove(.userRingBuf, for: "a UserRingBuffer")
    ring = try MappedRing(map, isWritten: true)
    self.map = map
    discardUnfinished()
  }

  /// Discards what the writer before reserved and had not submitted when it was killed: programs would wait for it for
  /// ever, and never read what is behind it.
  private func discardUnfinished() {
    let memory = ring.memory
    var (position, end) = (memory.consumerPosition, memory.producerPosition)
    if end &- position > memory.byteCount || end & 7 != 0 {
      // The reader's position is the kernel's own, and right.
      memory.producerPosition = position
      end = position
    }
    while position != end {
      let header = memory.header(at: position)
      guard header.stride <= end &- position else {
        // Programs could not get past it.
        memory.producerPosition = position
        return
      }
      if header.isBusy { finish(position, Int(header.length), isSubmitted: false) }
      position &+= header.stride
    }
  }

  /// Bytes that no record takes, of which each record takes eight more than it has. No system call.
  public var freeBytes: Int {
    // The reader's position first: the writer's is never behind it, but may by then be further on than the ring is long.
    let read = ring.memory.consumerPosition
    let unread = min(ring.memory.producerPosition &- read, ring.memory.byteCount)
    return Int(ring.memory.byteCount - unread)
  }

  // MARK: - Reserving

  /// The most bytes of a record that programs can read.
  private static let largestRecord = 1 << 24 - 1

  /// Reserves room for a record, if there is any now.
  ///
  /// No system call, no allocation.
  ///
  /// - Parameter byteCount: how many bytes the record shall have.
  /// - Returns: the room, which is to be filled and submitted; nil if programs have to read some records first.
  /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record that never fits, `BPFError.Code.malformed` if another
  ///   process has moved the writer's position.
  public func reserve(_ byteCount: Int) throws(BPFError) -> Reservation? {
    let memory = ring.memory
    guard byteCount >= 0, byteCount <= UserRingBuffer.largestRecord,
      UInt(byteCount) + RecordHeader.byteCount <= memory.byteCount
    else {
      throw map.eventFailure(
        .reserve, .wrongSize, nil,
        "a record of \(byteCount) bytes never fits: with eight before it, it must fit into \(memory.byteCount), and have less than 16 MiB"
      )
    }
    let header = RecordHeader(word: UInt32(byteCount) | RecordHeader.busy)
    let position: UInt? = try reserving.withLock { (_) throws(BPFError) in
      let (written, read) = (memory.producerPosition, memory.consumerPosition)
      guard written &- read <= memory.byteCount, written & 7 == 0 else { throw ring.damage() }
      guard header.stride <= memory.byteCount &- (written &- read) else { return nil }
      memory.setHeader(header, at: written)
      memory.producerPosition = written &+ header.stride
      return written
    }
    guard let position else { return nil }
    return Reservation(self, position, byteCount)
  }

  /// Reserves room for a record, and waits for some if there is none.
  ///
  /// A wait ends when a program has read records; one that drains with `BPF_RB_NO_WAKEUP` ends none. System calls: none
  /// if there is room; else epoll_create1(2), epoll_ctl(2), epoll_wait(2), mostly twice, and close(2).
  ///
  /// - Parameters:
  ///   - byteCount: how many bytes the record shall have.
  ///   - timeout: how long to wait at most, to the millisecond; nil for ever.
  /// - Returns: the room; nil if the time is over.
  /// - Throws: as ``reserve(_:)``; `BPFError.Code.outOfResources` if no descriptor is left to wait with.
  public func reserve(_ byteCount: Int, timeout: Duration?) throws(BPFError) -> Reservation? {
    if let room = try reserve(byteCount) { return room }
    let deadline = Deadline(after: timeout)
    let poll = try pollForRoom()
    while true {
      if let room = try reserve(byteCount) { return room }
      do throws(Errno) {
        guard try poll.wait(milliseconds: deadline.milliseconds, { _ in }) else { break }
      } catch {
        guard error == .interrupted else { throw BPFError.waiting(for: map, error) }
      }
    }
    return try reserve(byteCount)
  }

  /// What a thread waits on. It is the thread's own, so that no other one uses up its news.
  private func pollForRoom() throws(BPFError) -> EventPoll {
    do throws(Errno) {
      let poll = try EventPoll()
      // News alone: there may be room, but not enough, and then there is nothing to do until there is more.
      let map = map.withFileDescriptor { $0 }
      try poll.add(map, [.writable, .edges], tag: 0)
      return poll
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  /// Says what has become of a record.
  fileprivate func finish(_ position: UInt, _ byteCount: Int, isSubmitted: Bool) {
    let state = isSubmitted ? 0 : RecordHeader.discarded
    ring.memory.setHeader(RecordHeader(word: UInt32(byteCount) | state), at: position)
  }

  /// Lends the bytes of a record that was reserved, and is not finished yet.
  fileprivate func withBytes<R, E: Error>(
    _ position: UInt, _ byteCount: Int, _ body: (inout MutableRawSpan) throws(E) -> R
  ) throws(E) -> R {
    let start = unsafe ring.memory.bytes(at: position)
    // They are this record's alone until its header says that it is no longer busy.
    var bytes = unsafe MutableRawSpan(_unsafeStart: start, byteCount: byteCount)
    return try body(&bytes)
  }
}

// MARK: - Reservations

extension UserRingBuffer {
  /// Room for a record: to be filled and submitted, or else discarded when it goes.
  public struct Reservation: ~Copyable, Sendable {
    private let buffer: UserRingBuffer
    private let position: UInt
    private var isSubmitted = false

    /// Bytes of the record.
    public let byteCount: Int

    fileprivate init(_ buffer: UserRingBuffer, _ position: UInt, _ byteCount: Int) {
      (self.buffer, self.position, self.byteCount) = (buffer, position, byteCount)
    }

    deinit { buffer.finish(position, byteCount, isSubmitted: isSubmitted) }

    /// Lends the record's bytes, at an address that is a multiple of 8. What is not written is what was there before.
    public mutating func withBytes<R, E: Error>(
      _ body: (inout MutableRawSpan) throws(E) -> R
    ) throws(E) -> R {
      try buffer.withBytes(position, byteCount, body)
    }

    /// Gives the record to programs. No system call.
    public consuming func submit() { isSubmitted = true }

    /// Has programs pass the record over, as it happens if the reservation just goes. No system call.
    public consuming func discard() {}
  }

  /// Sends a copy of bytes, if there is room now.
  ///
  /// No system call, no allocation.
  ///
  /// - Returns: whether there was room.
  /// - Throws: as ``reserve(_:)-(Int)``.
  public func send(_ record: RawSpan) throws(BPFError) -> Bool {
    guard var room = try reserve(record.byteCount) else { return false }
    room.withBytes { bytes in
      // Both have as many bytes, and they are not the same ones.
      unsafe bytes.withUnsafeMutableBytes { bytes in
        unsafe record.withUnsafeBytes { record in unsafe bytes.copyMemory(from: record) }
      }
    }
    room.submit()
    return true
  }

  /// Sends a copy of bytes, if there is room now. See ``send(_:)-(RawSpan)``.
  public func send(_ record: [UInt8]) throws(BPFError) -> Bool { try send(unsafe record.span.bytes) }
}
