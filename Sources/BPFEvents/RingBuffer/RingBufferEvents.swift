//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension RingBuffer {
  /// The records, one after the other, as values of a type, for as long as they come.
  ///
  /// ```swift
  /// struct Event: BitwiseCopyable {
  ///   var pid: UInt32
  ///   var flags: UInt32
  /// }
  ///
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// for try await event in ring.events(as: Event.self) { print(event.pid) }
  /// ```
  ///
  /// A record that is at hand is read without suspension; only where there is none the task waits. Nothing is read ahead:
  /// records stay in the kernel's memory until the loop asks for them, and whoever is slow takes no more memory for it. A
  /// record counts as read, and its place is the programs' again, when the loop asks for the next one or ends: whoever is
  /// killed while a record is being handled leaves it to the next reader.
  ///
  /// A loop that never has to wait lets other tasks run all the same, now and then.
  ///
  /// The sequence ends when the task is cancelled and when ``close()`` is called. The iterator is the reader from its
  /// first record on until it goes, so that one loop at a time can run.
  ///
  /// System calls: none for a record that is at hand; else those of ``wait()``. No allocation for a record.
  ///
  /// - Parameter type: a type as large as the records, or smaller by no more than the padding at its end; one that the
  ///   kernel's bytes can be, such as integers, structures of them, and structures imported from C.
  public func events<Event: BitwiseCopyable>(as type: Event.Type = Event.self) -> RingBufferEvents<Event> {
    RingBufferEvents(ring: self)
  }

  /// Reads the records that are there now as values of a type.
  ///
  /// System calls and allocations: none, as `consume(limit:_:)`.
  ///
  /// - Parameters:
  ///   - type: see ``events(as:)``.
  ///   - limit: how many records to read at most.
  ///   - body: is given each value.
  /// - Returns: how many records were read.
  /// - Throws: as `consume(limit:_:)`; `BPFError.Code.wrongSize` for a record of another size, which then counts as
  ///   read, and `BPFError.Code.typeMismatch` for a type that no record can be.
  @inlinable @discardableResult
  public func consume<Event: BitwiseCopyable>(
    as type: Event.Type, limit: Int = .max, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    let records = try TypedRecords<Event>()
    try take()
    defer { waiter.release() }
    return try consumeTaken(as: records, limit: limit, body)
  }

  /// Reads the records that are there as values of a type, and waits for some if there are none.
  ///
  /// System calls and allocations: those of ``wait(timeout:)``.
  ///
  /// - Parameters:
  ///   - type: see ``events(as:)``.
  ///   - timeout: how long to wait for the first record at most, to the millisecond; nil for ever.
  ///   - body: is given each value.
  /// - Returns: how many records were read; 0 if the time is over, or ``close()`` was called.
  /// - Throws: as `consume(as:limit:_:)`.
  @inlinable @discardableResult
  public func poll<Event: BitwiseCopyable>(
    as type: Event.Type, timeout: Duration? = nil, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    let records = try TypedRecords<Event>()
    try take()
    defer { waiter.release() }
    guard try waitTaken(timeout) else { return 0 }
    return try consumeTaken(as: records, limit: .max, body)
  }

  /// Reads records as values; the caller is the reader.
  @inlinable @inline(__always)
  func consumeTaken<Event>(
    as records: TypedRecords<Event>, limit: Int, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    // Which values they are is asked once, so that no record whose bytes are the value is copied to find out.
    guard !records.areMended else {
      return try unsafe consumeTaken(limit: limit) { (record) throws(BPFError) in
        try body(unsafe records.mendedValue(of: record))
        return true
      }
    }
    return try unsafe consumeTaken(limit: limit) { (record) throws(BPFError) in
      try body(unsafe records.plainValue(of: record))
      return true
    }
  }
}

/// The records of a ``RingBuffer`` as values of a type. See ``RingBuffer/events(as:)``.
public struct RingBufferEvents<Event: BitwiseCopyable>: AsyncSequence, Sendable {
  /// A record's value.
  public typealias Element = Event

  let ring: RingBuffer

  /// Begins to read with the first record that is asked for, and is the reader until it ends or goes.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: RingReading(ring)) }

  /// Reads the records. Copies of it read the same ones.
  public struct AsyncIterator: AsyncIteratorProtocol {
    @usableFromInline let reading: RingReading<Event>

    /// The next record's value; nil when the task is cancelled or the buffer closed.
    ///
    /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record of another size than the type's: it counts as read,
    ///   and the next call goes on behind it. `BPFError.Code.typeMismatch` for a type that no record can be,
    ///   `BPFError.Code.busy` if somebody reads already, `BPFError.Code.malformed` if another process has moved the
    ///   reader's position: what was in the ring is given up, and the next call goes on behind it.
    @inlinable @inline(__always)
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> Event? {
      guard let record = unsafe reading.recordAtHand(), let records = unsafe reading.records else {
        return try await reading.nextInTime(isolation: actor)
      }
      return try unsafe records.value(of: record)
    }
  }
}

@available(*, unavailable)
extension RingBufferEvents.AsyncIterator: Sendable {}

/// A reader that goes from record to record.
@usableFromInline
final class RingReading<Event: BitwiseCopyable> {
  private let ring: RingBuffer
  private var isReader = false
  /// Whether there is a record that was returned and does not count as read yet. Else the position is stored, and waiting
  /// may have stored a later one since.
  private var isLent = false
  /// The ring that is read.
  private var index = 0

  // An iterator is used by one task at a time, and these by nothing but the two functions below. To have that checked at
  // run time costs more than to read a record.
  @exclusivity(unchecked) @usableFromInline var records: TypedRecords<Event>?
  @exclusivity(unchecked) @usableFromInline var cursor: RingCursor

  init(_ ring: RingBuffer) {
    self.ring = ring
    unsafe cursor = RingCursor(unread: ring.rings[0].memory)
  }

  deinit { if isReader { leave() } }

  /// The next of the records that were there when last looked.
  @inlinable @inline(__always)
  func recordAtHand() -> UnsafeRawBufferPointer? {
    // A copy: what is the class's would be read again behind each atomic store. What is damaged is found again in time.
    var cursor = unsafe self.cursor
    guard cursor.position != cursor.end else { return nil }
    // The one before has been handled.
    cursor.commit()
    let record = unsafe cursor.next()
    unsafe self.cursor.position = cursor.position
    return unsafe record
  }

  /// The next record of those that were there when last looked, or are there now, or come; of several rings, of the one
  /// after the last that was read.
  @usableFromInline
  func nextInTime(isolation actor: isolated (any Actor)?) async throws(BPFError) -> Event? {
    try begin()
    if isLent, let event = try nextInRing() { return event }
    if ring.waiter.isTimeToYield() { await Task.yield() }
    while !ring.waiter.isClosed, !Task.isCancelled {
      for _ in ring.rings.indices {
        index = (index + 1) % ring.rings.count
        unsafe cursor = RingCursor(ring.rings[index].memory)
        if let event = try nextInRing() { return event }
      }
      guard try await ring.waitTaken() else { break }
    }
    leave()
    return nil
  }

  /// The next of the records that were there when last looked, past those that were discarded.
  private func nextInRing() throws(BPFError) -> Event? {
    giveBack()
    if let record = unsafe cursor.next(), let records = unsafe records {
      isLent = true
      return try unsafe records.value(of: record)
    }
    // Those that were discarded at the end are read, too. Behind a record that is busy others are not at hand.
    unsafe cursor.commit()
    unsafe cursor.end = cursor.position
    if unsafe cursor.isDamaged { throw unsafe ring.rings[index].damage(givingUp: &cursor) }
    return nil
  }

  /// Says that the record that was returned is read.
  private func giveBack() {
    if isLent { unsafe cursor.commit() }
    isLent = false
  }

  private func begin() throws(BPFError) {
    guard !isReader else { return }
    unsafe records = try TypedRecords()
    try ring.take()
    isReader = true
    index = ring.rings.count - 1
    unsafe cursor = RingCursor(ring.rings[index].memory)
  }

  /// The sequence is over, and others may read, however long its iterator is kept.
  private func leave() {
    giveBack()
    unsafe cursor = RingCursor(unread: ring.rings[0].memory)
    isReader = false
    ring.waiter.release()
  }
}
