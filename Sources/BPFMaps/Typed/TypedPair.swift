//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A map with the layouts of its Swift types, either created for them or verified to match.
struct TypedPair<Key: BitwiseCopyable, Value: BitwiseCopyable> {
  let handle: MapHandle
  let keyLayout: ElementLayout<Key>
  let valueLayout: ElementLayout<Value>

  /// Creates a map for the types. A key takes the stride's bytes, as in C, unless `keySize` is given.
  init(
    creating type: MapType, _ name: String, _ maxEntries: Int, _ options: MapOptions, keySize: Int? = nil
  ) throws(BPFError) {
    keyLayout = try MapShape.layout(
      of: Key.self, as: .key, byteCount: keySize ?? MemoryLayout<Key>.stride, .create)
    valueLayout = try MapShape.layout(
      of: Value.self, as: .value, byteCount: MemoryLayout<Value>.stride, .create)
    handle = try MapHandle.create(
      type, name, key: Key.self, keySize: keyLayout.byteCount, value: Value.self,
      valueSize: valueLayout.byteCount, maxEntries: maxEntries, options)
    if options.mayOpen { try LayoutCheck(handle).verify(key: Key.self, value: Value.self) }
  }

  /// Wraps an open map after verifying that it matches the types.
  init<Map>(
    _ handle: MapHandle, _ type: MapType, as map: Map.Type, _ checkingTypes: Bool, keySize: Int? = nil
  ) throws(BPFError) {
    try MapShape(
      name: "\(map)", type: type, keySizes: keySize.map { [$0] } ?? MapShape.sizes(of: Key.self),
      valueSizes: MapShape.sizes(of: Value.self)
    ).verify(handle)
    keyLayout = try MapShape.layout(of: Key.self, as: .key, byteCount: handle.keySize, .open)
    valueLayout = try MapShape.layout(of: Value.self, as: .value, byteCount: handle.valueSize, .open)
    if checkingTypes { try LayoutCheck(handle).verify(key: Key.self, value: Value.self) }
    self.handle = handle
  }
}
