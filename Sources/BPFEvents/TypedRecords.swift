//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall

/// How values of a type are read from records.
@usableFromInline
struct TypedRecords<Event: BitwiseCopyable>: Sendable {
  @usableFromInline let layout: ElementLayout<Event>

  @usableFromInline
  init() throws(BPFError) { layout = try .ofRecords(.consume) }

  /// The value that a record is.
  @inlinable @inline(__always)
  func value(of record: UnsafeRawBufferPointer) throws(BPFError) -> Event {
    guard let start = record.baseAddress, record.count >= MemoryLayout<Event>.size,
      record.count <= MemoryLayout<Event>.stride
    else { throw mismatch(record.count) }
    return unsafe layout.value(at: start)
  }

  @usableFromInline
  func mismatch(_ byteCount: Int) -> BPFError {
    let (size, stride) = (MemoryLayout<Event>.size, MemoryLayout<Event>.stride)
    return BPFError(
      .consume, .wrongSize,
      "a record of \(byteCount) bytes is no \(Event.self), which has \(size == stride ? "\(size)" : "\(size) to \(stride)")"
    )
  }
}
