//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The elements of a whole per-CPU map or of one batch.
///
/// The elements are a copy, which later changes of the map do not affect. They are decoded on access, without an
/// allocation: small values are copied, large ones share one buffer.
public struct PerCPUEntries<Key: BitwiseCopyable, Value: BitwiseCopyable>: Sendable {
  /// The keys, in the kernel's order.
  public let keys: TypedElements<Key>

  @usableFromInline let bytes: [UInt8]
  @usableFromInline let valueStride: Int
  @usableFromInline let valuesPerElement: Int
  @usableFromInline let layout: ElementLayout<Value>

  @usableFromInline
  init(_ entries: MapEntries, _ keyLayout: ElementLayout<Key>, _ valueLayout: ElementLayout<Value>) {
    keys = TypedElements(entries.keys, count: entries.count, keyLayout)
    bytes = entries.values
    valueStride = entries.valueStride
    valuesPerElement = entries.valuesPerElement
    layout = valueLayout
  }
}

extension PerCPUEntries: RandomAccessCollection {
  /// A key and its values, one for each possible CPU.
  public typealias Element = (key: Key, values: PerCPUValues<Value>)

  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last.
  @inlinable public var endIndex: Int { keys.count }

  /// Returns the element at an index. No allocation.
  @inlinable
  public subscript(index: Int) -> (key: Key, values: PerCPUValues<Value>) {
    (key: keys[index], values: values(at: index))
  }

  /// The values, in the order of their keys. Each element's values are a collection.
  public var values: some RandomAccessCollection<PerCPUValues<Value>> & Sendable {
    PerCPUElements(entries: self)
  }

  @inlinable
  func values(at index: Int) -> PerCPUValues<Value> {
    PerCPUValues(bytes, at: index * valueStride, count: valuesPerElement, layout)
  }
}

extension PerCPUEntries: CustomStringConvertible {
  /// The elements, formatted as a dictionary.
  public var description: String {
    isEmpty ? "[:]" : "[" + map { "\($0.key): \($0.values)" }.joined(separator: ", ") + "]"
  }
}

/// The values of all elements, without their keys.
private struct PerCPUElements<Key: BitwiseCopyable, Value: BitwiseCopyable>: RandomAccessCollection, Sendable
{
  let entries: PerCPUEntries<Key, Value>
  var startIndex: Int { 0 }
  var endIndex: Int { entries.count }
  subscript(index: Int) -> PerCPUValues<Value> { entries.values(at: index) }
}
