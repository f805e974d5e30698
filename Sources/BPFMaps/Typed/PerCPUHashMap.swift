//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A hash map with a value of each key for each possible CPU.
///
/// ```swift
/// let calls = try PerCPUHashMap<UInt32, UInt64>(name: "calls", maxEntries: 10_000)
/// for (process, counts) in try calls.entries() { print(process, counts.sum()) }
/// ```
public struct PerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: PerCPUMap, DrainableMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<Key>
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``HashMap/init(name:maxEntries:options:)``.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try TypedPair(creating: .perCPUHash, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .perCPUHash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}

/// A hash map with a value of each key for each possible CPU that is never full: it evicts the least recently used
/// elements to insert new ones.
public struct LRUPerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: PerCPUMap, DrainableMap {
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
    self.init(try TypedPair(creating: .lruPerCPUHash, name, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try TypedPair(handle, .lruPerCPUHash, as: Self.self, checkingTypes))
  }

  private init(_ pair: TypedPair<Key, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }
}
