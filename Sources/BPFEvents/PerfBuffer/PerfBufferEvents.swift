//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

/// A record of a ``PerfBuffer`` as a value of a type.
public enum PerfEvent<Value> {
  /// A record that a program sent on a CPU.
  case sample(cpu: Int, Value)
  /// The number of a CPU's records that were dropped since the previous record; 1 for unreadable data.
  case lost(cpu: Int, count: Int)
}

extension PerfEvent: Sendable where Value: Sendable {}

extension PerfBuffer {
  /// Returns the records as values of a type, as they arrive.
  ///
  /// ```swift
  /// struct Event: BitwiseCopyable {
  ///   var pid: UInt32
  ///   var flags: UInt32
  /// }
  ///
  /// let buffer = try PerfBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// for try await record in buffer.events(as: Event.self) {
  ///   switch record {
  ///   case .sample(_, let event): print(event.pid)
  ///   case .lost(let cpu, let count): print("CPU \(cpu) lost \(count)")
  ///   }
  /// }
  /// ```
  ///
  /// The sequence does not read ahead: records stay in the kernel's memory until the loop asks for them. It ends when
  /// the task is cancelled, and when ``close()`` is called. The iterator is the reader from its first record until it
  /// ends or is destroyed.
  ///
  /// System calls: none for an available record; otherwise those of ``wait()``.
  ///
  /// - Parameter type: a type as large as the records. A record may have up to seven more bytes, because the kernel
  ///   pads it.
  public func events<Value: BitwiseCopyable>(as type: Value.Type = Value.self) -> PerfBufferEvents<Value> {
    PerfBufferEvents(buffer: self)
  }
}

/// The records of a ``PerfBuffer`` as values of a type. See ``PerfBuffer/events(as:)``.
public struct PerfBufferEvents<Value: BitwiseCopyable>: AsyncSequence, Sendable {
  /// A record's value, or a number of lost records.
  public typealias Element = PerfEvent<Value>

  let buffer: PerfBuffer

  /// Returns an iterator, which is the reader from its first record until it ends or is destroyed.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: PerfReading(buffer)) }

  /// An iterator over the records. Its copies share one position.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reading: PerfReading<Value>

    /// Returns the next record, or nil when the task is cancelled or the buffer is closed.
    ///
    /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record of another size than the type's: it counts as read,
    ///   and the next call continues after it. `BPFError.Code.typeMismatch` for a type that no record can have,
    ///   `BPFError.Code.busy` if there is another reader.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> PerfEvent<Value>? {
      try await reading.next(isolation: actor)
    }
  }
}

@available(*, unavailable)
extension PerfBufferEvents.AsyncIterator: Sendable {}

/// The state that the copies of an iterator over a perf buffer share.
final class PerfReading<Value: BitwiseCopyable> {
  private let buffer: PerfBuffer
  private var decoder: RecordDecoder<Value>?
  /// The CPU of the last record.
  ///
  /// The next record is another CPU's, if there is one, so that a CPU that sends without pause does not starve the
  /// others.
  private var cpu = -1

  init(_ buffer: PerfBuffer) { self.buffer = buffer }

  deinit { if decoder != nil { buffer.waiter.release() } }

  func next(isolation actor: isolated (any Actor)?) async throws(BPFError) -> PerfEvent<Value>? {
    let decoder = try begin()
    if buffer.waiter.isTimeToYield() { await Task.yield() }
    while !buffer.waiter.isClosed, !Task.isCancelled {
      let rings = buffer.rings
      let first = rings.firstIndex { $0.cpu > cpu } ?? 0
      for offset in rings.indices {
        let ring = rings[(first + offset) % rings.count]
        cpu = ring.cpu
        if let event = try read(ring, decoder) { return event }
      }
      guard try await buffer.waitAsReader() else { break }
    }
    // The sequence has ended. Others may read, even while its iterator exists.
    self.decoder = nil
    buffer.waiter.release()
    return nil
  }

  /// Returns the next record of a CPU, or nil if it has none.
  private func read(_ ring: PerfRing, _ decoder: RecordDecoder<Value>) throws(BPFError) -> PerfEvent<Value>? {
    var (event, count): (PerfEvent<Value>?, Int) = (nil, 0)
    _ = try ring.consume(&count, 1) { (record) throws(BPFError) in
      event =
        switch record {
        case .sample(let cpu, let bytes): .sample(cpu: cpu, try decoder.value(ofPadded: bytes))
        case .lost(let cpu, let count): .lost(cpu: cpu, count: count)
        }
      return true
    }
    return event
  }

  private func begin() throws(BPFError) -> RecordDecoder<Value> {
    if let decoder { return decoder }
    let new = try RecordDecoder<Value>()
    try buffer.acquireReader()
    decoder = new
    return new
  }
}

extension RecordDecoder {
  /// Returns the value of a record that the kernel may have padded.
  ///
  /// With its four-byte length before it, a record takes a multiple of eight bytes.
  func value(ofPadded record: RawSpan) throws(BPFError) -> Event {
    let (size, stride) = (MemoryLayout<Event>.size, MemoryLayout<Event>.stride)
    let largest = ((stride + 4 + 7) & ~7) - 4
    guard record.byteCount >= size, record.byteCount <= largest else {
      try Self.throwWrongSize(record.byteCount)
    }
    // The record has at least as many bytes as the type.
    return try unsafe record.withUnsafeBytes { (record) throws(BPFError) in
      guard let start = record.baseAddress else { try Self.throwWrongSize(0) }
      return unsafe layout.value(at: start)
    }
  }
}
