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
    let facts = LayoutFacts.of(Element.self, byteCount: MemoryLayout<Element>.size)
    let reason = facts.bytes.size == 0 ? "it has no bytes" : facts.bytes.refusal
    if let reason {
      throw BPFError(operation, .typeMismatch, "\(Element.self) cannot be a record's type: \(reason)")
    }
    return ElementLayout(facts)
  }

  /// The value whose bytes are at an address, which need not be aligned.
  @inlinable @inline(__always)
  package func value(at bytes: UnsafeRawPointer) -> Element { unsafe decode(bytes) }
}
