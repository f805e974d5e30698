//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

/// A record of a ``PerfBuffer`` as a value of a type.
public enum PerfEvent<Value> {
  /// What a program sent on a CPU.
  case sample(cpu: Int, Value)
  /// How many records of a CPU found no room since the one before; 1 for what could not be read.
  case lost(cpu: Int, count: Int)
}

extension PerfEvent: Sendable where Value: Sendable {}

extension PerfBuffer {
  /// The records, one after the other, as values of a type, for as long as they come.
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
  /// Nothing is read ahead: records stay in the kernel's memory until the loop asks for them. The sequence ends when the
  /// task is cancelled and when ``close()`` is called. The iterator is the reader from its first record on until it goes.
  ///
  /// System calls: none for a record that is at hand; else those of ``wait()``.
  ///
  /// - Parameter type: a type as large as the records; a record may have up to seven bytes more, as the kernel fills up.
  public func events<Value: BitwiseCopyable>(as type: Value.Type = Value.self) -> PerfBufferEvents<Value> {
    PerfBufferEvents(buffer: self)
  }
}

/// The records of a ``PerfBuffer`` as values of a type. See ``PerfBuffer/events(as:)``.
public struct PerfBufferEvents<Value: BitwiseCopyable>: AsyncSequence, Sendable {
  /// A record's value, or how many were lost.
  public typealias Element = PerfEvent<Value>

  let buffer: PerfBuffer

  /// Begins to read with the first record that is asked for, and is the reader until it ends or goes.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: PerfReading(buffer)) }

  /// Reads the records. Copies of it read the same ones.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reading: PerfReading<Value>

    /// The next record's value; nil when the task is cancelled or the buffer closed.
    ///
    /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a record of another size than the type's: it counts as read,
    ///   and the next call goes on behind it. `BPFError.Code.typeMismatch` for a type that no record can be,
    ///   `BPFError.Code.busy` if somebody reads already.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> PerfEvent<Value>? {
      try await reading.next(isolation: actor)
    }
  }
}

@available(*, unavailable)
extension PerfBufferEvents.AsyncIterator: Sendable {}

/// A reader that goes from record to record.
final class PerfReading<Value: BitwiseCopyable> {
  private let buffer: PerfBuffer
  private var records: TypedRecords<Value>?
  /// The CPU whose record was read last. The next is another one's if it has any: whoever sends without end on one CPU
  /// does not keep those of the others from being read.
  private var cpu = -1

  init(_ buffer: PerfBuffer) { self.buffer = buffer }

  deinit { if records != nil { buffer.waiter.release() } }

  func next(isolation actor: isolated (any Actor)?) async throws(BPFError) -> PerfEvent<Value>? {
    let records = try begin()
    if buffer.waiter.isTimeToYield() { await Task.yield() }
    while !buffer.waiter.isClosed, !Task.isCancelled {
      let rings = buffer.rings
      let first = rings.firstIndex { $0.cpu > cpu } ?? 0
      for offset in rings.indices {
        let ring = rings[(first + offset) % rings.count]
        cpu = ring.cpu
        if let event = try read(ring, records) { return event }
      }
      guard try await buffer.waitTaken() else { break }
    }
    // The sequence is over, and others may read, however long its iterator is kept.
    self.records = nil
    buffer.waiter.release()
    return nil
  }

  /// The next record of a CPU, if it has one.
  private func read(_ ring: PerfRing, _ records: TypedRecords<Value>) throws(BPFError) -> PerfEvent<Value>? {
    var (event, count): (PerfEvent<Value>?, Int) = (nil, 0)
    _ = try ring.consume(&count, 1) { (record) throws(BPFError) in
      event =
        switch record {
        case .sample(let cpu, let bytes): .sample(cpu: cpu, try records.value(ofFilledUp: bytes))
        case .lost(let cpu, let count): .lost(cpu: cpu, count: count)
        }
      return true
    }
    return event
  }

  private func begin() throws(BPFError) -> TypedRecords<Value> {
    if let records { return records }
    let begun = try TypedRecords<Value>()
    try buffer.take()
    records = begun
    return begun
  }
}

extension TypedRecords {
  /// The value that a record is which the kernel may have filled up: it has a length of four before it, and takes a
  /// multiple of eight bytes with that.
  func value(ofFilledUp record: RawSpan) throws(BPFError) -> Event {
    let (size, stride) = (MemoryLayout<Event>.size, MemoryLayout<Event>.stride)
    let largest = ((stride + 4 + 7) & ~7) - 4
    guard record.byteCount >= size, record.byteCount <= largest else { try refuse(record.byteCount) }
    // At least as many bytes as the type has.
    return try unsafe record.withUnsafeBytes { (record) throws(BPFError) in
      guard let start = record.baseAddress else { try refuse(0) }
      return unsafe layout.value(at: start)
    }
  }
}
