//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

/// How values of a type are read from records.
@usableFromInline
struct TypedRecords<Event: BitwiseCopyable>: Sendable {
  let layout: ElementLayout<Event>

  /// Whether a value is not just its record's bytes, since there are some that Swift must not see before they are 0 or 1.
  @usableFromInline let areMended: Bool

  @usableFromInline
  init() throws(BPFError) {
    layout = try .ofRecords(.consume)
    areMended = layout.hasBooleans
  }

  /// The value that a record is.
  @inlinable @inline(__always)
  func value(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    guard !areMended else { return try unsafe mendedValue(of: record) }
    return try unsafe plainValue(of: record)
  }

  /// The value whose bytes a record is.
  @inlinable @inline(__always)
  func plainValue(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    try unsafe start(of: record).loadUnaligned(as: Event.self)
  }

  /// The value that a record is once its bytes are mended.
  @usableFromInline
  func mendedValue(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    try unsafe layout.value(at: start(of: record))
  }

  /// Where a record's bytes are, once it is known to be as long as a value.
  @inlinable @inline(__always)
  func start(of record: UnsafeRawBufferPointer) throws(BPFError) -> UnsafeRawPointer {
    guard let start = record.baseAddress, record.count >= MemoryLayout<Event>.size,
      record.count <= MemoryLayout<Event>.stride
    else { try refuse(record.count) }
    return unsafe start
  }

  /// Says that a record of some length is none.
  @usableFromInline
  func refuse(_ byteCount: Int) throws(BPFError) -> Never {
    let (size, stride) = (MemoryLayout<Event>.size, MemoryLayout<Event>.stride)
    throw BPFError(
      .consume, .wrongSize,
      "a record of \(byteCount) bytes is no \(Event.self), which has \(size == stride ? "\(size)" : "\(size) to \(stride)")"
    )
  }
}
