//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The standard library's initializer takes pairs without labels, and traps on a repeated key.

extension Dictionary {
  /// Creates a dictionary of a map's elements, such as `Dictionary(uniqueKeysWithValues: try map.entries())`.
  ///
  /// A map has each key once. If elements of several sweeps repeat one, the last value counts.
  public init(uniqueKeysWithValues entries: TypedEntries<Key, Value>)
  where Key: BitwiseCopyable, Value: BitwiseCopyable {
    self.init(minimumCapacity: entries.count)
    for (key, value) in entries { self[key] = value }
  }

  /// Creates a dictionary of the elements of a per-CPU map, with a collection of values for each key.
  ///
  /// A map has each key once. If elements of several sweeps repeat one, the last values count.
  public init<Element: BitwiseCopyable>(uniqueKeysWithValues entries: PerCPUEntries<Key, Element>)
  where Key: BitwiseCopyable, Value == PerCPUValues<Element> {
    self.init(minimumCapacity: entries.count)
    for (key, values) in entries { self[key] = values }
  }

  /// Creates a dictionary of the elements of an untyped map.
  ///
  /// A map has each key once. If elements of several sweeps repeat one, the last value counts.
  public init(uniqueKeysWithValues entries: MapEntries) where Key == [UInt8], Value == [UInt8] {
    self.init(minimumCapacity: entries.count)
    for (key, value) in entries { self[key] = value }
  }
}
