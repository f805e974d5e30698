//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Values by index, from 0 to below ``TypedMap/maxEntries``; all are there from the start, zero.
///
/// ```swift
/// let totals = try ArrayMap<UInt64>(name: "totals", maxEntries: 16)
/// try totals.update(3, to: 40)
/// print(try totals[3] ?? 0)
/// ```
public struct ArrayMap<Value: BitwiseCopyable>: ValueMap, IndexedMap {
  /// An index.
  public typealias Key = UInt32

  /// The map under it.
  public let handle: MapHandle
  /// How keys lie in the map.
  public let keyLayout: ElementLayout<UInt32>
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates an array. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many values it has; their memory is allocated at once.
  ///   - options: flags, such as `.mmapable` for a ``MappedArray``.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .array, name, maxEntries, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .array, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<UInt32, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
