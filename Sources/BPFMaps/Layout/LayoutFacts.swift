//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// What is known of how a type lies in a map.
///
/// There is one object for each type and number of bytes that was ever asked for, and none is ever given up.
@usableFromInline
final class LayoutFacts: Sendable {
  /// Bytes of one element in the map.
  @usableFromInline let byteCount: Int

  /// Whether the kernel may read and write an element where it lies.
  @usableFromInline let isPlain: Bool

  /// Whether there are bytes to be made 0 or 1 before Swift reads.
  @usableFromInline let hasBooleans: Bool

  let bytes: TypeBytes

  private init(_ bytes: TypeBytes, byteCount: Int) {
    self.bytes = bytes
    self.byteCount = byteCount
    isPlain = bytes.padding.isEmpty && bytes.booleans.isEmpty && bytes.size == byteCount
    hasBooleans = !bytes.booleans.isEmpty
  }

  private struct Key: Hashable {
    var type: ObjectIdentifier
    var byteCount: Int
  }

  /// What is known of a type that takes some number of bytes. The type is walked the first time only.
  static func of<Element: BitwiseCopyable>(_ type: Element.Type, byteCount: Int) -> LayoutFacts {
    let key = Key(type: ObjectIdentifier(type), byteCount: byteCount)
    if let facts = known.withLock({ $0[key] }) { return facts }
    let facts = LayoutFacts(TypeBytes.of(type), byteCount: byteCount)
    return known.withLock { known in
      // Another thread may have been as quick.
      if let first = known[key] { return first }
      known[key] = facts
      return facts
    }
  }

  private static let known = Mutex<[Key: LayoutFacts]>([:])
}
