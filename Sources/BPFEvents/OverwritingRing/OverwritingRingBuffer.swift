//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// The latest records that BPF programs sent: a map of type `ringbuf` that gives up its oldest records when it is full
/// (`.ringBufferOverwrite`, `BPF_F_RB_OVERWRITE`). Linux 6.19.
///
/// ```swift
/// let object = try ObjectFile("recorder.bpf.o").load()
/// let recorder = try OverwritingRingBuffer(object.map("history"))
/// try recorder.consume { record in
///   switch record {
///   case .sample(let bytes): print(bytes.byteCount, "bytes")
///   case .overwritten(let byteCount): print("\(byteCount) bytes were written over")
///   }
/// }
/// ```
///
/// A ring of ``RingBuffer`` keeps what is old and refuses what is new; this one is for what happened just before something
/// did. Records come in the order in which programs reserved them. As they may be written over while they are read, each
/// is copied before it is lent, and what was written over before it was read comes as a count in its place.
///
/// That a record is given up is said before it is written over. Processors that change the order of what they write, such
/// as those of arm64, may do so for the length of a few instructions: there a record that is being written over in this
/// very moment may be lent as if it were whole. Where that matters, let records carry a number twice.
///
/// A ring has one reader: see ``RingBuffer``.
public final class OverwritingRingBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  let ring: MappedRing
  let waiter: EventWaiter

  /// What is in the ring.
  public enum Record: ~Escapable {
    /// A copy of what a program sent, at an address that is a multiple of 8.
    case sample(RawSpan)
    /// So many bytes were written over since the record before, with the eight that stand before each record and those that
    /// fill it up.
    case overwritten(byteCount: Int)
  }

  /// Opens a map to read what is in it.
  ///
  /// System calls: epoll_create1(2), eventfd(2), mmap(2) twice, epoll_ctl(2) twice. Linux 6.19.
  ///
  /// - Parameter map: a map of type `ringBuf` with the flag `.ringBufferOverwrite`, opened read-write.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, or without the flag,
  ///   `BPFError.Code.busy` if this process reads it already, `BPFError.Code.outOfResources`.
  public init(_ map: MapHandle) throws(BPFError) {
    try map.prove(.ringBuf, for: "an OverwritingRingBuffer")
    guard map.flags.contains(.ringBufferOverwrite) else {
      throw map.eventFailure(
        .open, .typeMismatch, nil,
        "it keeps its oldest records, as it was made without BPF_F_RB_OVERWRITE: open a RingBuffer")
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

  /// Bytes that can be read now, with what stands before each record, and with those that are busy or discarded. No system
  /// call.
  public var availableBytes: Int {
    // The oldest first: the writers' position is never behind it.
    let (read, overwritten) = (ring.memory.consumerPosition, ring.memory.overwrittenPosition)
    let written = ring.memory.producerPosition
    return Int(clamping: min(written &- read, written &- overwritten, ring.memory.byteCount))
  }

  /// Ends all reading. It may be called from any thread. System calls: write(2).
  public func close() { waiter.close() }

  /// Makes the caller the reader.
  private func take() throws(BPFError) { try waiter.take(map, "a ring buffer") }
}

// MARK: - Reading

extension OverwritingRingBuffer {
  /// Reads the records that are there now.
  ///
  /// A record that a program has reserved and not submitted yet ends the reading; those that were discarded are passed
  /// over. Records that come during the call are left for the next one.
  ///
  /// No system call. The memory for copies is allocated once, and grows to the longest record.
  ///
  /// - Parameters:
  ///   - limit: how many to read at most, counts of bytes that were written over among them.
  ///   - body: is given each.
  /// - Returns: how many were read.
  /// - Throws: what `body` throws, and `BPFError`: `BPFError.Code.busy` if somebody reads already,
  ///   `BPFError.Code.malformed` if another process has moved the reader's position: what was in the ring is then given
  ///   up, and the next call goes on behind it.
  @discardableResult
  public func consume(
    limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    return try consumeTaken(limit, body)
  }

  /// Reads the records that are there, and waits for some if there are none.
  ///
  /// System calls: none if there are any; else epoll_wait(2), mostly once. A signal does not end the wait.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait at most, to the millisecond; nil for ever.
  ///   - limit: how many to read at most.
  ///   - body: is given each; see `consume(limit:_:)`.
  /// - Returns: how many were read; 0 if the time is over, or ``close()`` was called.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    let memory = ring.memory
    do throws(Errno) {
      guard try waiter.wait(for: timeout, until: { memory.hasNews }) else { return 0 }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
    return try consumeTaken(limit, body)
  }

  /// Waits, without blocking a thread, until there is something to read. See ``RingBuffer/wait()``.
  ///
  /// - Returns: whether there is; false if the task was cancelled, or ``close()`` was called.
  /// - Throws: as `consume(limit:_:)`.
  public func wait() async throws(BPFError) -> Bool {
    try take()
    defer { waiter.release() }
    let memory = ring.memory
    do throws(Errno) {
      return try await waiter.wait { memory.hasNews }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  private func consumeTaken(
    _ limit: Int, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    var (cursor, copy, count) = (OverwritingCursor(ring.memory), [UInt8](), 0)
    // Those that were discarded at the end are read, too.
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
      defer { cursor.giveUp() }
      throw ring.damage()
    }
    return count
  }
}

extension RingMemory {
  /// Whether there is something to read.
  fileprivate var hasNews: Bool {
    var cursor = OverwritingCursor(self)
    return cursor.hasNews()
  }
}
