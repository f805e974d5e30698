//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall

/// Reads several ring buffers by one call, each with a handler of its own.
///
/// ```swift
/// struct Exec: BitwiseCopyable {
///   var pid: UInt32
///   var parent: UInt32
/// }
///
/// let object = try ObjectFile("monitor.bpf.o").load()
/// let poller = try RingPoller([
///   .init(object.map("executions"), as: Exec.self) { exec in print("started:", exec.pid) },
///   .init(object.map("messages")) { bytes in print(bytes.byteCount, "bytes") },
/// ])
/// while try poller.poll() > 0 {}
/// ```
///
/// It is a ``RingBuffer`` of all maps, which it waits for together. Like that, it has one reader at a time.
public final class RingPoller: Sendable {
  /// A map of type `ringbuf`, and what handles its records.
  public struct Source: Sendable {
    let map: MapHandle
    let read: @Sendable (RingBuffer, Int) throws -> Int

    /// Creates a source whose handler borrows each record's bytes, which start at a multiple of 8.
    ///
    /// - Parameters:
    ///   - map: a map of type `ringBuf`, opened read-write.
    ///   - handler: called with each record. Its error ends the reading, and counts the record as read.
    public init(_ map: MapHandle, _ handler: @escaping @Sendable (RawSpan) throws -> Void) {
      self.map = map
      read = { ring, index in try ring.consume(from: index) { record in try handler(record) } }
    }

    /// Creates a source whose handler gets each record as a value of a type.
    ///
    /// - Parameters:
    ///   - map: a map of type `ringBuf`, opened read-write.
    ///   - type: as in ``RingBuffer/events(as:)``.
    ///   - handler: called with each value. Its error ends the reading, and counts the record as read.
    public init<Event: BitwiseCopyable>(
      _ map: MapHandle, as type: Event.Type, _ handler: @escaping @Sendable (Event) throws -> Void
    ) {
      self.map = map
      read = { ring, index in
        let decoder = try RecordDecoder<Event>()
        return try ring.consume(from: index) { record in
          try handler(
            try unsafe record.withUnsafeBytes { (bytes) throws(BPFError) in
              try unsafe decoder.value(of: bytes)
            })
        }
      }
    }
  }

  /// The buffer of all maps, to wait for records or to close it.
  public let ring: RingBuffer

  private let sources: [Source]

  /// Opens the maps of the sources. System calls and errors: those of the initializer of ``RingBuffer``.
  ///
  /// - Parameter sources: at least one; the order of reading.
  /// - Throws: `BPFError`, as ``RingBuffer``.
  public init(_ sources: [Source]) throws(BPFError) {
    ring = try RingBuffer(sources.map(\.map))
    self.sources = sources
  }

  /// Hands the available records of each map to its handler. No system call.
  ///
  /// - Returns: The number of records read.
  /// - Throws: the error of a handler, or `BPFError` as `RingBuffer.consume(limit:_:)`, with `BPFError.Code.wrongSize`
  ///   for a record of another size than a source's type. The next call continues after the record.
  @discardableResult
  public func consume() throws -> Int {
    var count = 0
    for (index, source) in sources.enumerated() { count += try source.read(ring, index) }
    return count
  }

  /// Hands the available records of each map to its handler, and waits if there are none.
  ///
  /// System calls: those of ``RingBuffer/wait(timeout:)``.
  ///
  /// - Parameter timeout: the time limit for the first record, with millisecond precision; nil for no limit.
  /// - Returns: The number of records read; 0 after the timeout, or after ``RingBuffer/close()`` of ``ring``.
  /// - Throws: as ``consume()``.
  @discardableResult
  public func poll(timeout: Duration? = nil) throws -> Int {
    guard try ring.wait(timeout: timeout) else { return 0 }
    return try consume()
  }
}
