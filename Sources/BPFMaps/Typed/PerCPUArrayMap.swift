//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Values by index, one for each possible CPU. All elements exist from the start, initially zero.
///
/// ```swift
/// let packets = try PerCPUArrayMap<UInt64>(name: "packets", maxEntries: 4)
/// if let values = try packets[2] { print(values.sum()) }
/// ```
public struct PerCPUArrayMap<Value: BitwiseCopyable>: PerCPUMap, IndexedMap {
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
  ///   - maxEntries: the number of elements, all allocated in advance for every CPU.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .perCPUArray, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .perCPUArray, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<UInt32, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
