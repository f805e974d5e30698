//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import BTF
internal import SystemPackage

extension MapHandle {
  /// Creates a map for Swift types, with BTF that describes them.
  ///
  /// The map has no BTF if the options omit it, if the map's type takes none, or if the kernel does not accept it, such
  /// as from a process without the privilege to load BTF.
  ///
  /// System calls: `BPF_BTF_LOAD`, those of creating a map, and close(2).
  ///
  /// - Parameter key: the type of keys, `Void` for a map without keys.
  /// - Throws: `BPFError`, as ``init(type:name:keySize:valueSize:maxEntries:options:)``.
  static func create<Key, Value>(
    _ type: MapType, _ name: String, key: Key.Type, keySize: Int, value: Value.Type, valueSize: Int,
    maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    func make(_ options: MapOptions) throws(BPFError) -> MapHandle {
      try MapHandle(
        type: type, name: name, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries,
        options: options)
    }
    guard type.facts.btf == .accepted, options.btf == nil, !options.omitsBTF,
      !options.kernel.isKnownToLack(.types)
    else { return try make(options) }
    do throws(BPFError) {
      let types = try LoadedSwiftTypes(key: key, keySize, value: value, valueSize, options)
      return try types.withTypes(options, make)
    } catch {
      guard error.mayRefuseTypes else { throw error.ofCreation(of: name) }
    }
    // An error without the types concerns the map itself.
    return try make(options)
  }
}

extension BPFError {
  /// The error of loading types as one of creating the map that they are for.
  func ofCreation(of map: String) -> BPFError {
    guard operation == .load || operation == .writeBTF else { return self }
    return BPFError(.create, code, errno: errno, mapName: map, explanation)
  }

  /// Whether a map can perhaps be created without its BTF: the kernel did not load the BTF, or the errno of the map's
  /// creation may mean that it rejects the types as unknown or invalid.
  package var mayRefuseTypes: Bool {
    if operation == .load || operation == .writeBTF { return code != .outOfResources }
    switch errno {
    case .invalidArgument, .notSupportedByKernel, .notSupported, .argListTooLong: return operation == .create
    default: return false
    }
  }
}
