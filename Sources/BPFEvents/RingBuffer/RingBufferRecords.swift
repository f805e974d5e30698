//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension RingBuffer {
  /// Returns the bytes of the records, as they arrive.
  ///
  /// Use it for records of several types, which a type's first member tells apart, or of several sizes:
  ///
  /// ```swift
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// for try await record in ring.events() { print(record.count, "bytes, the first is", record.first ?? 0) }
  /// ```
  ///
  /// It behaves as ``events(as:)``, but copies each record to an array. `consume(limit:_:)` lends records without a copy.
  ///
  /// System calls: none for an available record; otherwise those of ``wait()``. One allocation for each record.
  public func events() -> RingBufferRecords { RingBufferRecords(ring: self) }
}

/// The records of a ``RingBuffer`` as bytes. See ``RingBuffer/events()``.
public struct RingBufferRecords: AsyncSequence, Sendable {
  /// A record's bytes.
  public typealias Element = [UInt8]

  let ring: RingBuffer

  /// Returns an iterator, which is the reader from its first record until it ends or is destroyed.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: RingReading(ring)) }

  /// An iterator over the records. Its copies share one position.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reading: RingReading

    /// Returns the next record's bytes, or nil when the task is cancelled or the buffer is closed.
    ///
    /// - Throws: `BPFError`; `BPFError.Code.busy` if there is another reader, `BPFError.Code.malformed` if another
    ///   process has moved the reader's position: the contents of the ring are then skipped, and the next call continues
    ///   after them.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> [UInt8]? {
      guard let record = unsafe try await reading.nextRecord(isolation: actor) else { return nil }
      return unsafe Array(record)
    }
  }
}

@available(*, unavailable)
extension RingBufferRecords.AsyncIterator: Sendable {}
