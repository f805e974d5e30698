//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// BTF of Swift types in the kernel, for creating a map. The map refers to it, so this value may go when the map has
/// been created.
struct LoadedSwiftTypes: ~Copyable {
  private let descriptor: OwnedDescriptor
  private let keyTypeID: UInt32
  private let valueTypeID: UInt32

  /// Calls `body` with options for creating a map with these types.
  borrowing func withTypes<R>(
    _ options: MapOptions, _ body: (MapOptions) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    var options = options
    options.btf = MapOptions.BTF(
      descriptor: descriptor.borrowed, keyTypeID: keyTypeID, valueTypeID: valueTypeID)
    return try body(options)
  }

  /// Loads the types of a map's keys and values.
  ///
  /// System call: `BPF_BTF_LOAD`, Linux 4.18. If the kernel rejects floating-point numbers, it is probed for BTF
  /// features once, and floating-point numbers become structures.
  ///
  /// - Parameters:
  ///   - key: the type of keys, `Void` for a map without keys.
  ///   - options: the options of the map: the kernel, and a token that delegates the privilege.
  /// - Throws: `BPFError`, as `BTFHandle.load(_:token:)`.
  init<Key, Value>(
    key: Key.Type, _ keySize: Int, value: Value.Type, _ valueSize: Int, _ options: MapOptions
  ) throws(BPFError) {
    var types = SwiftTypeBuilder()
    let keyID = Key.self == Void.self ? 0 : types.add(key, byteCount: keySize)
    let valueID = types.add(value, byteCount: valueSize)
    try self.init(types, keyID, valueID, options)
  }

  /// Loads the types that a local storage requires for values that are only known as bytes.
  init(bytes valueSize: Int, _ options: MapOptions) throws(BPFError) {
    var types = SwiftTypeBuilder()
    let keyID = types.add(Int32.self, byteCount: MemoryLayout<Int32>.size)
    let valueID = types.bytesInStructure(valueSize)
    try self.init(types, keyID, valueID, options)
  }

  private init(
    _ types: SwiftTypeBuilder, _ keyID: Int, _ valueID: Int, _ options: MapOptions
  ) throws(BPFError) {
    (keyTypeID, valueTypeID) = (UInt32(clamping: keyID), UInt32(clamping: valueID))
    descriptor = try LoadedSwiftTypes.load(types, options)
  }

  private static func load(
    _ types: SwiftTypeBuilder, _ options: MapOptions
  ) throws(BPFError) -> OwnedDescriptor {
    var builder = types.builder
    let known = options.kernel.knownTypeFeatures
    if let known { builder.sanitize(for: known) }
    do throws(BPFError) {
      return try BTFHandle.loadWithoutHandle(builder.encoded(), token: options.token)
    } catch {
      guard types.hasFloats, known == nil, error.code == .malformed,
        let features = try? options.kernel.typeFeatures(), !features.contains(.floats)
      else { throw error }
      builder.sanitize(for: features)
      return try BTFHandle.loadWithoutHandle(builder.encoded(), token: options.token)
    }
  }
}
