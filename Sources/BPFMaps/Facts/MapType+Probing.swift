//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension MapType {
  /// Returns whether the running kernel supports maps of this type.
  ///
  /// Creates the smallest map of the type and closes it again.
  ///
  /// System calls: those of creating a map, and close(2). Local storage also loads BTF; map-in-map types also create
  /// an inner map.
  ///
  /// - Returns: false if the kernel does not have the type. For a type unknown to this library, tries a map with
  ///   4-byte keys and values, which some types may reject.
  /// - Throws: `BPFError`; `.permissionDenied` if the caller may not create such maps, since the answer is then
  ///   unknown; other codes if the test fails for another reason.
  public func isSupported() throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try makeSmallest()
    } catch {
      throw BPFError(.probe, error.code, errno: error.errno, "maps of type \(self): \(error.explanation)")
    }
  }

  /// Creates the smallest map of the type. Returns false if the kernel rejects its arguments.
  private func makeSmallest() throws(BPFError) -> Bool {
    var options = MapOptions()
    switch self {
    case .lpmTrie:
      options.flags = .noPrealloc
      return try make(keySize: 8, options: options)
    case .stackTrace: return try make(valueSize: 8)
    case .cgroupStorage, .perCPUCgroupStorage: return try make(keySize: 16, valueSize: 8, maxEntries: 0)
    case .queue, .stack, .bloomFilter: return try make(keySize: 0)
    case .ringBuf, .userRingBuf: return try make(keySize: 0, valueSize: 0, maxEntries: Page.size)
    case .arena:
      options.flags = .mmapable
      return try make(keySize: 0, valueSize: 0, options: options)
    case .insnArray: return try make(valueSize: 16)
    case .arrayOfMaps, .hashOfMaps:
      options.innerMap = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
      return try make(options: options)
    case .skStorage, .inodeStorage, .taskStorage, .cgrpStorage:
      let types = try loadTypes()
      options.flags = .noPrealloc
      return try types.withOption(key: types.integerID, value: types.integerID) {
        (option) throws(BPFError) in
        options.btf = option
        return try make(maxEntries: 0, options: options)
      }
    case .structOps:
      options.vmlinuxValueTypeID = 1
      return try loadTypes().withOption(key: 0, value: 0) { (option) throws(BPFError) in
        options.btf = option
        return try make(options: options)
      }
    default: return try make()
    }
  }

  /// Creates a map without the usual explanation of a refusal, which would call `isSupported()` in turn.
  private func make(
    keySize: Int = 4, valueSize: Int = 4, maxEntries: Int = 1, options: MapOptions = MapOptions()
  ) throws(BPFError) -> Bool {
    let request = MapCreationRequest(
      type: self, name: "", keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, options: options)
    let creation = try request.checked()
    do throws(Errno) {
      _ = try request.make(creation)
      return true
    } catch {
      switch error {
      case .invalidArgument: return false
      // The kernel knows struct_ops maps, but not the requested value type.
      case .notSupportedByKernel where self == .structOps: return true
      default: throw request.explanation(of: error)
      }
    }
  }

  /// Loads BTF with a 32-bit signed integer, which local storage needs for key and value.
  private func loadTypes() throws(BPFError) -> StorageTypes {
    do throws(BPFError) {
      return try StorageTypes(valueSize: 4)
    } catch {
      throw BPFError(.probe, .system, errno: error.errno, "the kernel rejects BTF with an integer type")
    }
  }
}
