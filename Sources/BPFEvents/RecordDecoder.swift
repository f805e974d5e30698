//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

/// Decodes records as values of a type.
@usableFromInline
struct RecordDecoder<Event: BitwiseCopyable>: Sendable {
  let layout: ElementLayout<Event>

  /// Whether decoding normalizes Booleans: a Swift `Bool` must be 0 or 1, and C programs may store other bytes.
  @usableFromInline let needsNormalization: Bool

  @usableFromInline
  init() throws(BPFError) {
    layout = try .ofRecords(.consume)
    needsNormalization = layout.hasBooleans
  }

  /// Returns the value of a record.
  @inlinable @inline(__always)
  func value(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    guard !needsNormalization else { return try unsafe normalizedValue(of: record) }
    return try unsafe Self.plainValue(of: record)
  }

  /// Returns the value of a record without normalizing Booleans.
  @inlinable @inline(__always)
  static func plainValue(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    try unsafe start(of: record).loadUnaligned(as: Event.self)
  }

  /// Returns the value of a record with its Booleans normalized.
  @usableFromInline
  func normalizedValue(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    try unsafe layout.value(at: Self.start(of: record))
  }

  /// Returns the address of a record's bytes.
  ///
  /// - Throws: `BPFError.Code.wrongSize` if the record's length does not fit the type.
  @inlinable @inline(__always)
  static func start(of record: UnsafeRawBufferPointer) throws(BPFError) -> UnsafeRawPointer {
    guard let start = record.baseAddress, record.count >= MemoryLayout<Event>.size,
      record.count <= MemoryLayout<Event>.stride
    else { try throwWrongSize(record.count) }
    return unsafe start
  }

  /// Throws the error for a record of the wrong length.
  @usableFromInline
  static func throwWrongSize(_ byteCount: Int) throws(BPFError) -> Never {
    let (size, stride) = (MemoryLayout<Event>.size, MemoryLayout<Event>.stride)
    throw BPFError(
      .consume, .wrongSize,
      "a record of \(byteCount) bytes is not a \(Event.self), which has \(size == stride ? "\(size)" : "\(size) to \(stride)") bytes"
    )
  }
}
