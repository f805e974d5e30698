//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// Values as programs send them: of `size` to `stride` bytes, as the same structure has them in C.
extension ElementLayout {
  /// The layout of values in records of a buffer.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.typeMismatch` for a type that no program can send, such as one with a
  ///   pointer of this process.
  package static func ofRecords(_ operation: BPFError.Operation) throws(BPFError) -> ElementLayout {
    try ofRecords(operation, byteCount: MemoryLayout<Element>.size)
  }

  /// The layout of values in records that are sent to programs, which have as many bytes as the same structure in C.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.typeMismatch` for a type that no record can be.
  package static func ofSentRecords(_ operation: BPFError.Operation) throws(BPFError) -> ElementLayout {
    try ofRecords(operation, byteCount: MemoryLayout<Element>.stride)
  }

  private static func ofRecords(
    _ operation: BPFError.Operation, byteCount: Int
  ) throws(BPFError) -> ElementLayout {
    let facts = LayoutFacts.of(Element.self, byteCount: byteCount)
    let reason = facts.bytes.size == 0 ? "it has no bytes" : facts.bytes.refusal
    if let reason {
      throw BPFError(operation, .typeMismatch, "\(Element.self) cannot be a record's type: \(reason)")
    }
    return ElementLayout(facts)
  }

  /// The value whose bytes are at an address, which need not be aligned.
  package func value(at bytes: UnsafeRawPointer) -> Element { unsafe decode(bytes) }

  /// Writes a value's bytes with zeros for padding: the first ``byteCount`` of those given, which must be that many.
  package func write(_ value: Element, to bytes: UnsafeMutableRawBufferPointer) {
    unsafe encode(value, into: bytes)
  }
}
