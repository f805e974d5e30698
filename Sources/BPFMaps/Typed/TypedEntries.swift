//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The keys or the values of a map's elements, as a collection over one buffer.
///
/// The elements are a copy, which later changes of the map do not affect. They are decoded on access, without an
/// allocation.
public struct TypedElements<Element: BitwiseCopyable>: Sendable {
  /// The number of elements.
  public let count: Int

  @usableFromInline let bytes: [UInt8]
  @usableFromInline let layout: ElementLayout<Element>

  /// Creates a collection of the first `count` contiguous elements in a buffer.
  init(_ bytes: [UInt8], count: Int, _ layout: ElementLayout<Element>) {
    (self.bytes, self.count, self.layout) = (bytes, count, layout)
  }
}

extension TypedElements: RandomAccessCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// Returns the element at an index. No allocation.
  @inlinable
  public subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "index out of range")
    // The buffer contains `count` elements of `byteCount` bytes.
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe layout.decode(bytes.baseAddress.unsafelyUnwrapped + index * layout.byteCount)
    }
  }
}

extension TypedElements: CustomStringConvertible {
  /// The elements, formatted as an array.
  public var description: String { Array(self).description }
}

/// The keys and values of a whole map or of one batch.
///
/// The elements are a copy, which later changes of the map do not affect. They are decoded on access, without an
/// allocation. ``keys`` and ``values`` are separate collections over the same memory.
public struct TypedEntries<Key: BitwiseCopyable, Value: BitwiseCopyable>: Sendable {
  /// The keys, in the kernel's order.
  public let keys: TypedElements<Key>

  /// The values, in the order of their keys.
  public let values: TypedElements<Value>

  @usableFromInline
  init(_ entries: MapEntries, _ keyLayout: ElementLayout<Key>, _ valueLayout: ElementLayout<Value>) {
    keys = TypedElements(entries.keys, count: entries.count, keyLayout)
    values = TypedElements(entries.values, count: entries.count, valueLayout)
  }
}

extension TypedEntries: RandomAccessCollection {
  /// A key and its value.
  public typealias Element = (key: Key, value: Value)

  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last.
  @inlinable public var endIndex: Int { keys.count }

  /// Returns the element at an index. No allocation.
  @inlinable
  public subscript(index: Int) -> (key: Key, value: Value) { (key: keys[index], value: values[index]) }
}

extension TypedEntries: CustomStringConvertible {
  /// The elements, formatted as a dictionary.
  public var description: String {
    isEmpty ? "[:]" : "[" + map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]"
  }
}
