//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension RingBuffer {
  /// Returns the records as values of a type, in batches, as they arrive.
  ///
  /// ```swift
  /// struct Event: BitwiseCopyable {
  ///   var pid: UInt32
  ///   var flags: UInt32
  /// }
  ///
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// for try await batch in ring.batches(as: Event.self) {
  ///   for event in batch { print(event.pid) }
  /// }
  /// ```
  ///
  /// A batch has the records of one map that are available when the outer loop asks for it, so it delays no record. The
  /// inner loop reads them in place and never suspends. This costs little more than `consume(as:limit:_:)`, while
  /// ``events(as:)`` costs a few nanoseconds more for each record. Of several maps, the next batch is from the next one
  /// with records.
  ///
  /// When a loop asks for the next record or batch, the previous record counts as read, and programs may reuse its
  /// space. A process that is killed while it handles a record leaves it to the next reader. If the inner loop ends
  /// early, the next batch begins with the records that it left.
  ///
  /// The sequence ends as ``events(as:)`` does, and until then, its iterator is the reader.
  ///
  /// System calls: none if there are records; otherwise those of ``wait()``. No allocation.
  ///
  /// - Parameter type: as in ``events(as:)``.
  public func batches<Event: BitwiseCopyable>(as type: Event.Type = Event.self) -> RingBufferBatches<Event> {
    RingBufferBatches(ring: self)
  }
}

/// The records of a ``RingBuffer`` in batches. See ``RingBuffer/batches(as:)``.
public struct RingBufferBatches<Event: BitwiseCopyable>: AsyncSequence, Sendable {
  /// The available records.
  public typealias Element = RingBatch<Event>

  let ring: RingBuffer

  /// Returns an iterator, which is the reader from its first batch until it ends or is destroyed.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: RingReading(ring)) }

  /// An iterator over the batches. Its copies share one position.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reading: RingReading
    /// The decoder, once the type was checked.
    private var decoder: RecordDecoder<Event>?

    init(reading: RingReading) { self.reading = reading }

    /// Returns the next batch, with at least one record, or nil when the task is cancelled or the buffer is closed.
    ///
    /// - Throws: `BPFError`, as the iterator of ``RingBufferEvents``. A batch ends before a record of another size than
    ///   the type's, and the next call throws.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> RingBatch<Event>? {
      let decoder = if let decoder { decoder } else { try RecordDecoder<Event>() }
      self.decoder = decoder
      guard try await reading.waitForRecord(isolation: actor) else { return nil }
      try reading.checkRecord(decoder)
      return RingBatch(reading: reading, decoder: decoder)
    }
  }
}

@available(*, unavailable)
extension RingBufferBatches.AsyncIterator: Sendable {}

extension RingReading {
  /// Checks the size of the record that the cursor is at. A record of another size counts as read.
  fileprivate func checkRecord<Event>(_ decoder: RecordDecoder<Event>) throws(BPFError) {
    var cursor = unsafe self.cursor
    guard let record = unsafe cursor.next() else { return }
    do throws(BPFError) {
      _ = try unsafe RecordDecoder<Event>.start(of: record)
    } catch {
      unsafe self.cursor.position = cursor.position
      throw error
    }
  }
}

/// The available records of a ring buffer, of which each can be read once. See ``RingBuffer/batches(as:)``.
///
/// Once the sequence of batches is asked for the next one, an earlier batch reads the same records as that one.
public struct RingBatch<Event: BitwiseCopyable>: Sequence {
  @usableFromInline let reading: RingReading
  @usableFromInline let decoder: RecordDecoder<Event>

  /// Returns an iterator, which starts after the last record that was read.
  @inlinable @inline(__always)
  public func makeIterator() -> Iterator { Iterator(reading: reading, decoder: decoder) }

  /// An iterator over the records of a batch.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let reading: RingReading
    @usableFromInline let decoder: RecordDecoder<Event>
    @usableFromInline var cursor: RingCursor

    @inlinable @inline(__always)
    init(reading: RingReading, decoder: RecordDecoder<Event>) {
      (self.reading, self.decoder) = (reading, decoder)
      cursor = unsafe reading.cursor
    }

    /// Returns the value of the next record; nil at the end of the batch.
    @inlinable @inline(__always)
    public mutating func next() -> Event? {
      let start = cursor.position
      // Another reader, or a later batch, may have moved on.
      guard start != cursor.end, unsafe reading.cursor.position == start else { return nil }
      // The previous record has been handled.
      cursor.commit()
      guard let record = unsafe cursor.next() else {
        unsafe reading.cursor.position = cursor.position
        return nil
      }
      let isFit = record.count >= MemoryLayout<Event>.size && record.count <= MemoryLayout<Event>.stride
      guard isFit, var address = record.baseAddress else {
        // The next batch begins with this record, and reports its size.
        (cursor.position, cursor.end) = (start, start)
        return nil
      }
      unsafe reading.cursor.position = cursor.position
      if decoder.needsNormalization {
        // The size was checked, so this cannot fail.
        guard let copy = try? unsafe reading.address(of: record, decoder) else { return nil }
        unsafe address = copy
      }
      return unsafe address.loadUnaligned(as: Event.self)
    }
  }
}

@available(*, unavailable)
extension RingBatch: Sendable {}

@available(*, unavailable)
extension RingBatch.Iterator: Sendable {}
