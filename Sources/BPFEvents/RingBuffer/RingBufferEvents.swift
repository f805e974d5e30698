//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension RingBuffer {
  /// Returns the records as values of a type, as they arrive.
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
  /// The sequence reads an available record without suspension, and suspends the task only if there is none. It does
  /// not read ahead: records stay in the kernel's memory until the loop asks for them, so a slow reader takes no more
  /// memory. When the loop asks for the next record or ends, the previous one counts as read, and programs may reuse
  /// its space. A process that is killed while it handles a record leaves it to the next reader.
  ///
  /// A loop that never has to wait yields to other tasks from time to time.
  ///
  /// The sequence ends when the task is cancelled, and when ``close()`` is called. The iterator is the reader from its
  /// first record until it ends or is destroyed, so only one loop at a time can run.
  ///
  /// System calls: none for an available record; otherwise those of ``wait()``. No allocation for a record.
  ///
  /// - Parameter type: a type as large as the records, or smaller by no more than its trailing padding. Any bytes must
  ///   be a valid value, as with integers, structures of them, and structures imported from C.
  public func events<Event: BitwiseCopyable>(as type: Event.Type = Event.self) -> RingBufferEvents<Event> {
    RingBufferEvents(ring: self)
  }

  /// Reads the available records as values of a type.
  ///
  /// System calls and allocations: none, as `consume(limit:_:)`.
  ///
  /// - Parameters:
  ///   - type: see ``events(as:)``.
  ///   - limit: the maximum number of records to read.
  ///   - body: called with each value.
  /// - Returns: The number of records read.
  /// - Throws: as `consume(limit:_:)`; `BPFError.Code.wrongSize` for a record of another size than the type's, which
  ///   then counts as read, and `BPFError.Code.typeMismatch` for a type that no record can have.
  @inlinable @discardableResult
  public func consume<Event: BitwiseCopyable>(
    as type: Event.Type, limit: Int = .max, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    let decoder = try RecordDecoder<Event>()
    try acquireReader()
    defer { waiter.release() }
    return try consumeAsReader(as: decoder, limit: limit, body)
  }

  /// Reads the available records as values of a type, and waits if there are none.
  ///
  /// System calls and allocations: those of ``wait(timeout:)``.
  ///
  /// - Parameters:
  ///   - type: see ``events(as:)``.
  ///   - timeout: the time limit for the first record, with millisecond precision; nil for no limit.
  ///   - body: called with each value.
  /// - Returns: The number of records read; 0 after the timeout or ``close()``.
  /// - Throws: as `consume(as:limit:_:)`.
  @inlinable @discardableResult
  public func poll<Event: BitwiseCopyable>(
    as type: Event.Type, timeout: Duration? = nil, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    let decoder = try RecordDecoder<Event>()
    try acquireReader()
    defer { waiter.release() }
    guard try waitAsReader(timeout) else { return 0 }
    return try consumeAsReader(as: decoder, limit: .max, body)
  }

  /// Reads the available records as values; the caller is the reader.
  @inlinable @inline(__always)
  func consumeAsReader<Event>(
    as decoder: RecordDecoder<Event>, limit: Int, _ body: (Event) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    // Checks for normalization once, so that records that need none are not copied.
    guard !decoder.needsNormalization else {
      return try unsafe consumeAsReader(limit: limit) { (record) throws(BPFError) in
        try body(unsafe decoder.normalizedValue(of: record))
        return true
      }
    }
    return try unsafe consumeAsReader(limit: limit) { (record) throws(BPFError) in
      try body(unsafe RecordDecoder<Event>.plainValue(of: record))
      return true
    }
  }
}

/// The records of a ``RingBuffer`` as values of a type. See ``RingBuffer/events(as:)``.
public struct RingBufferEvents<Event: BitwiseCopyable>: AsyncSequence, Sendable {
  /// A record's value.
  public typealias Element = Event

  let ring: RingBuffer

  /// Returns an iterator, which is the reader from its first record until it ends or is destroyed.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: RingReading(ring)) }

  /// An iterator over the records. Its copies share one position.
  public struct AsyncIterator: AsyncIteratorProtocol {
    @usableFromInline let reading: RingReading
    /// The decoder, once the type was checked.
    private var decoder: RecordDecoder<Event>?
    /// Whether the type was checked, and its values need no normalization. A record is then read without the decoder,
    /// whose copy would count references.
    @usableFromInline var isPlain = false

    init(reading: RingReading) { self.reading = reading }

    /// Returns the next record's value, or nil when the task is cancelled or the buffer is closed.
    ///
    /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record of another size than the type's: it counts as read,
    ///   and the next call continues after it. `BPFError.Code.typeMismatch` for a type that no record can have,
    ///   `BPFError.Code.busy` if there is another reader, `BPFError.Code.malformed` if another process has moved the
    ///   reader's position: the contents of the ring are then skipped, and the next call continues after them.
    @inlinable @inline(__always)
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> Event? {
      // Both ways end with an address, so that the caller loads only the members that it uses.
      var address: UnsafeRawPointer?
      if isPlain, let record = unsafe reading.nextAvailableRecord() {
        unsafe address = try RecordDecoder<Event>.start(of: record)
      } else {
        unsafe address = try await nextAwaited(isolation: actor)
      }
      return unsafe address.map { unsafe $0.loadUnaligned(as: Event.self) }
    }

    /// Returns the address of the next record's value, and waits if there is none.
    @usableFromInline
    mutating func nextAwaited(
      isolation actor: isolated (any Actor)?
    ) async throws(BPFError) -> UnsafeRawPointer? {
      let decoder = if let decoder { decoder } else { try RecordDecoder<Event>() }
      (self.decoder, isPlain) = (decoder, !decoder.needsNormalization)
      guard let record = unsafe try await reading.nextRecord(isolation: actor) else { return nil }
      return try unsafe reading.address(of: record, decoder)
    }
  }
}

@available(*, unavailable)
extension RingBufferEvents.AsyncIterator: Sendable {}
