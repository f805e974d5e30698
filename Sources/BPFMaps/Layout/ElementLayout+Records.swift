//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// Values in records, which may have from `size` to `stride` bytes, like the same structure in C.
extension ElementLayout {
  /// Returns the layout of values in the records of a buffer.
  ///
  /// - Throws: `BPFError`; `.typeMismatch` for a type that no program can send, such as one with a pointer into this
  ///   process.
  package static func ofRecords(_ operation: BPFError.Operation) throws(BPFError) -> ElementLayout {
    try ofRecords(operation, byteCount: MemoryLayout<Element>.size)
  }

  /// Returns the layout of values in records sent to programs. These have as many bytes as the same structure in C.
  ///
  /// - Throws: `BPFError`; `.typeMismatch` for a type that cannot be in a record.
  package static func ofSentRecords(_ operation: BPFError.Operation) throws(BPFError) -> ElementLayout {
    try ofRecords(operation, byteCount: MemoryLayout<Element>.stride)
  }

  private static func ofRecords(
    _ operation: BPFError.Operation, byteCount: Int
  ) throws(BPFError) -> ElementLayout {
    let facts = LayoutFacts.of(Element.self, byteCount: byteCount)
    let reason = facts.bytes.size == 0 ? "it has no bytes" : facts.bytes.refusal
    if let reason {
      throw BPFError(operation, .typeMismatch, "\(Element.self) cannot be the type of a record: \(reason)")
    }
    return ElementLayout(facts)
  }

  /// Returns the value at an address, which need not be aligned.
  package func value(at bytes: UnsafeRawPointer) -> Element { unsafe decode(bytes) }

  /// Writes a value's bytes, with zeroed padding, to the first ``byteCount`` bytes of a buffer. The buffer must be
  /// large enough.
  package func write(_ value: Element, to bytes: UnsafeMutableRawBufferPointer) {
    unsafe encode(value, into: bytes)
  }
}
