//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Values by index, from 0 to below ``TypedMap/maxEntries``. All elements exist from the start, initially zero.
///
/// ```swift
/// let totals = try ArrayMap<UInt64>(name: "totals", maxEntries: 16)
/// try totals.update(3, to: 40)
/// print(try totals[3] ?? 0)
/// ```
public struct ArrayMap<Value: BitwiseCopyable>: ValueMap, IndexedMap {
  /// The index of an element.
  public typealias Key = UInt32

  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<UInt32>
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates an array. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the number of values, all allocated in advance.
  ///   - options: other options of the new map, such as the flag `.mmapable` for a ``MappedArray``.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .array, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .array, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<UInt32, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
