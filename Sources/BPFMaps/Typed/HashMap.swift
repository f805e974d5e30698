//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A hash map: any key, one value for each, as many as fit.
///
/// ```swift
/// let hits = try HashMap<UInt32, UInt64>(name: "hits", maxEntries: 1024)
/// try hits.update(7, to: 1)
/// if let count = try hits[7] { print(count) }
/// for (key, count) in try hits.entries() { print(key, count) }
/// ```
public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ValueMap, DrainableMap {
  /// The map under it.
  public let handle: MapHandle
  /// How keys lie in the map.
  public let keyLayout: ElementLayout<Key>
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many elements it may hold, allocated at once unless the flags have `.noPrealloc`.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the types cannot be a map's.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .hash, name, maxEntries, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .hash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}

/// A hash map that is never full: when there is no room, it drops what was used least recently.
public struct LRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ValueMap, DrainableMap {
  /// The map under it.
  public let handle: MapHandle
  /// How keys lie in the map.
  public let keyLayout: ElementLayout<Key>
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``HashMap/init(name:maxEntries:options:)``; elements are always allocated at once.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .lruHash, name, maxEntries, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .lruHash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
