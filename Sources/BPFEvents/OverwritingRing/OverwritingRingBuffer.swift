//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// A buffer of the latest records that BPF programs sent: a map of type `ringbuf` that overwrites its oldest records
/// when it is full (`.ringBufferOverwrite`, `BPF_F_RB_OVERWRITE`). Linux 6.19.
///
/// ```swift
/// let object = try ObjectFile("recorder.bpf.o").load()
/// let recorder = try OverwritingRingBuffer(object.map("history"))
/// try recorder.consume { record in
///   switch record {
///   case .sample(let bytes): print(bytes.byteCount, "bytes")
///   case .overwritten(let byteCount): print("\(byteCount) bytes were overwritten")
///   }
/// }
/// ```
///
/// When a ``RingBuffer`` is full, it keeps old records and rejects new ones. This buffer does the opposite: it shows
/// what happened just before an event. Records come in the order of their reservation. A record may be
/// overwritten while it is read, so each one is copied before it is lent. Data that was overwritten before it was read
/// is reported as a byte count.
///
/// The kernel gives a record up before it overwrites it. Processors that reorder writes, such as those of arm64, may
/// reverse this order for a few instructions. There, a record that is being overwritten at that moment may be lent as
/// if it were intact. Where this matters, store a number twice in each record and compare the two.
///
/// A ring has one reader at a time: see ``RingBuffer``.
public final class OverwritingRingBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  let ring: MappedRing
  let waiter: EventWaiter

  /// A record, or a report of overwritten data.
  public enum Record: ~Escapable {
    /// A copy of a record, at an address that is a multiple of 8.
    case sample(RawSpan)
    /// The number of bytes that were overwritten since the previous record, including the eight-byte headers and the
    /// padding of records.
    case overwritten(byteCount: Int)
  }

  /// Opens a map to read its records.
  ///
  /// System calls: epoll_create1(2), eventfd(2), mmap(2) twice, epoll_ctl(2) twice. Linux 6.19.
  ///
  /// - Parameter map: a map of type `ringBuf` with the flag `.ringBufferOverwrite`, opened read-write.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, or without the flag,
  ///   `BPFError.Code.busy` if this process reads it already, `BPFError.Code.outOfResources`.
  public init(_ map: MapHandle) throws(BPFError) {
    try map.requireType(.ringBuf, for: "an OverwritingRingBuffer")
    guard map.flags.contains(.ringBufferOverwrite) else {
      throw map.eventFailure(
        .open, .typeMismatch, nil,
        "the ring was created without BPF_F_RB_OVERWRITE, and keeps its oldest records: open a RingBuffer")
    }
    ring = try MappedRing(map, isWritten: false)
    do throws(Errno) {
      let waiter = try EventWaiter()
      try map.withFileDescriptor { (map) throws(Errno) in try waiter.add(map) }
      self.waiter = waiter
    } catch {
      throw BPFError.waiting(for: map, error)
    }
    self.map = map
  }

  /// The number of bytes that can be read now, including record headers, and busy or discarded records. No system call.
  public var availableBytes: Int {
    // Loads the older positions first, so that the writers' position is not before them.
    let (read, overwritten) = (ring.memory.consumerPosition, ring.memory.overwrittenPosition)
    let written = ring.memory.producerPosition
    return Int(clamping: min(written &- read, written &- overwritten, ring.memory.byteCount))
  }

  /// Ends all current and future waits. Any thread may call it. System calls: write(2).
  public func close() { waiter.close() }

  /// Makes the caller the reader.
  private func acquireReader() throws(BPFError) { try waiter.acquire(map, "a ring buffer") }
}

// MARK: - Reading

extension OverwritingRingBuffer {
  /// Reads the available records.
  ///
  /// A record that a program has reserved but not submitted ends the reading. Discarded records are skipped. Records
  /// that arrive during the call are left for the next one.
  ///
  /// No system call. Each call allocates memory for copies, which grows to the longest record.
  ///
  /// - Parameters:
  ///   - limit: the maximum number of items to read, including reports of overwritten bytes.
  ///   - body: called with each item.
  /// - Returns: The number of items read.
  /// - Throws: the error of `body`, or `BPFError`. `BPFError.Code.busy` if there is another reader,
  ///   `BPFError.Code.malformed` if another process has moved the reader's position: the contents of the ring are then
  ///   skipped, and the next call continues after them.
  @discardableResult
  public func consume(
    limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    return try consumeAsReader(limit, body)
  }

  /// Reads the available records, and waits if there are none.
  ///
  /// System calls: none if there are records; otherwise epoll_wait(2), usually once. A signal does not end the wait.
  ///
  /// - Parameters:
  ///   - timeout: the time limit, with millisecond precision; nil for no limit.
  ///   - limit: the maximum number of items to read.
  ///   - body: called with each item; see `consume(limit:_:)`.
  /// - Returns: The number of items read; 0 after the timeout or ``close()``.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    let memory = ring.memory
    do throws(Errno) {
      guard try waiter.wait(for: timeout, until: { memory.hasUnread }) else { return 0 }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
    return try consumeAsReader(limit, body)
  }

  /// Waits until there is something to read, without blocking a thread. See ``RingBuffer/wait()``.
  ///
  /// - Returns: Whether there is something to read; false if the task was cancelled or ``close()`` was called.
  /// - Throws: as `consume(limit:_:)`.
  public func wait() async throws(BPFError) -> Bool {
    try acquireReader()
    defer { waiter.release() }
    let memory = ring.memory
    do throws(Errno) {
      return try await waiter.wait { memory.hasUnread }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  private func consumeAsReader(
    _ limit: Int, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    var (cursor, copy, count) = (OverwritingCursor(ring.memory), [UInt8](), 0)
    // Discarded records at the end count as read, too.
    defer { if !cursor.isDamaged { cursor.commit() } }
    while count < limit, let step = cursor.next(&copy) {
      defer { cursor.commit() }
      count += 1
      switch step {
      case .record(let byteCount): try body(.sample(unsafe copy.span.bytes.extracting(first: byteCount)))
      case .overwritten(let byteCount): try body(.overwritten(byteCount: byteCount))
      }
    }
    if cursor.isDamaged {
      defer { cursor.skipToEnd() }
      throw ring.damageError()
    }
    return count
  }
}

extension RingMemory {
  /// Whether there is something to read.
  fileprivate var hasUnread: Bool {
    var cursor = OverwritingCursor(self)
    return cursor.hasUnread()
  }
}
