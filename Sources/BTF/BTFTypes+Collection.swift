//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The types in order of their ids, from the base's first, without `void`.
extension BTFTypes: RandomAccessCollection {
  /// A type.
  public typealias Element = BTFType

  /// The position of a type.
  public struct Index: Comparable, Hashable, Sendable {
    /// The type's id, from 1.
    public let id: Int

    /// Returns whether the first type has the lower id.
    public static func < (a: Index, b: Index) -> Bool { a.id < b.id }
  }

  /// The position of the type with id 1.
  public var startIndex: Index { Index(id: 1) }

  /// The position after the last type.
  public var endIndex: Index { Index(id: endID) }

  /// Returns the type at a position.
  public subscript(position: Index) -> BTFType {
    precondition(position.id > 0 && position.id < endID, "index out of range")
    return self[position.id] ?? BTFType(in: self, id: 0)
  }

  /// Returns the position at a distance from another.
  public func index(_ index: Index, offsetBy distance: Int) -> Index { Index(id: index.id + distance) }

  /// Returns the distance between two positions.
  public func distance(from start: Index, to end: Index) -> Int { end.id - start.id }

  /// Returns the position after another.
  public func index(after index: Index) -> Index { Index(id: index.id + 1) }

  /// Returns the position before another.
  public func index(before index: Index) -> Index { Index(id: index.id - 1) }
}
