//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A map of objects by keys of a Swift type, created so or proved to fit.
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
  }

  /// Proves that an open map fits the keys.
  init<Map>(
    _ handle: MapHandle, _ type: MapType, valueSizes: [Int], as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) {
    try MapShape(
      name: "\(map)", type: type, keySizes: MapShape.sizes(of: Key.self), valueSizes: valueSizes
    ).prove(handle)
    keyLayout = try MapShape.layout(of: Key.self, as: .key, byteCount: handle.keySize, .open)
    if checkingTypes { try TypeProof(handle).prove(key: Key.self) }
    self.handle = handle
  }
}

extension ObjectTable where Key == UInt32 {
  /// The map alone: keys of 32 bits have but one layout.
  static func create(
    _ type: MapType, _ name: String, valueSize: Int = 4, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    try ObjectTable(creating: type, name, valueSize: valueSize, maxEntries, options).handle
  }

  /// An open map, once it is proved to fit.
  static func prove<Map>(
    _ handle: MapHandle, _ type: MapType, valueSizes: [Int] = [4], as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) -> MapHandle {
    try ObjectTable(handle, type, valueSizes: valueSizes, as: map, checkingTypes).handle
  }
}

extension PossibleCPUs {
  /// How many elements an array by CPU number has.
  var arrayLength: Int { (ids.last ?? 0) + 1 }
}
