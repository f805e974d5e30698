//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension MapType {
  /// Whether the running kernel has maps of this type.
  ///
  /// It is found out by creating the smallest map of the type and closing it again.
  ///
  /// System calls: those of creating a map and close(2); local storages load BTF besides, maps of maps create an
  /// inner map.
  ///
  /// - Returns: false if the kernel does not have the type. A type that this library does not know is tried as
  ///   a map with 4-byte keys and values, which not every type can be.
  /// - Throws: `BPFError` with `BPFError.Code.permissionDenied` if the caller may not create such maps, since
  ///   then the kernel does not tell, and any other reason for which it could not be found out.
  public func isSupported() throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try makeSmallest()
    } catch {
      throw BPFError(.probe, error.code, errno: error.errno, "maps of type \(self): \(error.explanation)")
    }
  }

  /// Creates the smallest map of the type; false if the kernel does not take its arguments.
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

  /// The explanation of a refusal asks whether the type is supported, so that the kernel is asked directly here.
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
      // struct_ops looks for the kernel interface asked for, and says that there is none.
      case .notSupportedByKernel where self == .structOps: return true
      default: throw request.explanation(of: error)
      }
    }
  }

  /// Loads types with a 32-bit signed integer, the least a local storage wants for key and value.
  private func loadTypes() throws(BPFError) -> StorageTypes {
    do throws(BPFError) {
      return try StorageTypes(valueSize: 4)
    } catch {
      throw BPFError(.probe, .system, errno: error.errno, "the kernel does not take the BTF of an integer")
    }
  }
}
