//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// The facts about the layout of a type in a map.
///
/// There is one object for each combination of type and size that was requested. Objects are never released.
@usableFromInline
final class LayoutFacts: Sendable {
  /// The size of an element in the map, in bytes.
  @usableFromInline let byteCount: Int

  /// Whether the kernel may read and write an element in place, without a copy.
  @usableFromInline let isPlain: Bool

  /// Whether the element has `Bool` fields, which must be 0 or 1 before Swift reads them.
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

  /// Returns the facts about a type with the given number of bytes. Walks the type's fields only the first time.
  static func of<Element: BitwiseCopyable>(_ type: Element.Type, byteCount: Int) -> LayoutFacts {
    let key = Key(type: ObjectIdentifier(type), byteCount: byteCount)
    if let facts = known.withLock({ $0[key] }) { return facts }
    let facts = LayoutFacts(TypeBytes.of(type), byteCount: byteCount)
    return known.withLock { known in
      // Another thread may have inserted it first.
      if let first = known[key] { return first }
      known[key] = facts
      return facts
    }
  }

  private static let known = Mutex<[Key: LayoutFacts]>([:])
}
