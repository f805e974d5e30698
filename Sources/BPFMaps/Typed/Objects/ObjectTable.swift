//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A map of objects with keys of a Swift type, either created for them or verified to match.
struct ObjectTable<Key: BitwiseCopyable> {
  let handle: MapHandle
  let keyLayout: ElementLayout<Key>

  /// Creates a map for the keys.
  init(
    creating type: MapType, _ name: String, valueSize: Int, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) {
    keyLayout = try MapShape.layout(of: Key.self, as: .key, byteCount: MemoryLayout<Key>.stride, .create)
    handle = try MapHandle(
      type: type, name: name, keySize: keyLayout.byteCount, valueSize: valueSize, maxEntries: maxEntries,
      options: options)
    if options.mayOpen { try LayoutCheck(handle).verify(key: Key.self) }
  }

  /// Wraps an open map after verifying that it matches the keys.
  init<Map>(
    _ handle: MapHandle, _ type: MapType, valueSizes: [Int], as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) {
    try MapShape(
      name: "\(map)", type: type, keySizes: MapShape.sizes(of: Key.self), valueSizes: valueSizes
    ).verify(handle)
    keyLayout = try MapShape.layout(of: Key.self, as: .key, byteCount: handle.keySize, .open)
    if checkingTypes { try LayoutCheck(handle).verify(key: Key.self) }
    self.handle = handle
  }
}

extension ObjectTable where Key == UInt32 {
  /// Creates a map with 32-bit keys.
  static func create(
    _ type: MapType, _ name: String, valueSize: Int = 4, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    try ObjectTable(creating: type, name, valueSize: valueSize, maxEntries, options).handle
  }

  /// Returns an open map with 32-bit keys after verifying that it matches.
  static func verify<Map>(
    _ handle: MapHandle, _ type: MapType, valueSizes: [Int] = [4], as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) -> MapHandle {
    try ObjectTable(handle, type, valueSizes: valueSizes, as: map, checkingTypes).handle
  }
}

extension PossibleCPUs {
  /// The number of elements in an array that is indexed by CPU number.
  var arrayLength: Int { (ids.last ?? 0) + 1 }
}
