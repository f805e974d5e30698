//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A hash map: one value for each key.
///
/// ```swift
/// let hits = try HashMap<UInt32, UInt64>(name: "hits", maxEntries: 1024)
/// try hits.update(7, to: 1)
/// if let count = try hits[7] { print(count) }
/// for (key, count) in try hits.entries() { print(key, count) }
/// ```
public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ValueMap, DrainableMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<Key>
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of elements, allocated in advance unless the flags have `.noPrealloc`.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the types cannot be a map's key and value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .hash, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .hash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}

/// A hash map that is never full: it evicts the least recently used elements to insert new ones.
public struct LRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ValueMap, DrainableMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<Key>
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``HashMap/init(name:maxEntries:options:)``; elements are always allocated in advance.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .lruHash, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .lruHash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
