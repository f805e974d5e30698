//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension MapType {
  private static let answers = KernelAnswers<MapType, Bool>()

  /// Returns whether the running kernel supports maps of this type.
  ///
  /// The first call creates the smallest map of the type and closes it again. The answer is cached.
  ///
  /// System calls: at the first call those of creating a map, and close(2); later none. Local storage also loads BTF;
  /// map-in-map types also create an inner map.
  ///
  /// - Returns: false if the kernel does not have the type. For a type unknown to this library, tries a map with
  ///   4-byte keys and values, which some types may reject.
  /// - Throws: `BPFError`; `.permissionDenied` if the caller may not create such maps, since the answer is then
  ///   unknown; other codes if the test fails for another reason.
  public func isSupported() throws(BPFError) -> Bool {
    try MapType.answers.get(self) { () throws(BPFError) in try probe() }
  }

  /// Throws an error if the running kernel does not support maps of this type.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the type, and otherwise as
  ///   ``isSupported()``.
  public func requireSupport() throws(BPFError) {
    guard try !isSupported() else { return }
    throw BPFError.absence(of: "maps of type \(self)", since: minimumKernelVersion)
  }

  /// Asks the kernel whether it supports maps of this type, without the cache.
  package func probe() throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try makeSmallest()
    } catch {
      throw BPFError(.probe, error.code, errno: error.errno, "maps of type \(self): \(error.explanation)")
    }
  }

  /// Creates the smallest map of the type, with flags. Returns false if the kernel rejects its arguments.
  func makeSmallest(_ flags: MapCreateFlags = []) throws(BPFError) -> Bool {
    let facts = facts
    var options = MapOptions(flags: facts.requiredFlags.union(flags))
    // The kernel looks for the object behind this descriptor if it knows the flag.
    if flags.contains(.valueTypeBTF) { options.valueTypeBTF = FileDescriptor(rawValue: -1) }
    if facts.holdsMaps {
      options.innerMap = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    }
    guard facts.btf == .required || facts.btf == .vmlinux else { return try make(options) }
    let types = try loadTypes()
    return try types.withTypes(options) { (options) throws(BPFError) in
      var options = options
      if facts.btf == .vmlinux {
        options.vmlinuxValueTypeID = 1
        options.btf?.keyTypeID = 0
        options.btf?.valueTypeID = 0
      }
      return try make(options)
    }
  }

  /// Creates a map without the usual explanation of a refusal, which would call `probe()` in turn.
  private func make(_ options: MapOptions) throws(BPFError) -> Bool {
    let facts = facts
    // An entry of a stack trace by build id has 32 bytes (`struct bpf_stack_build_id`).
    let valueSize = options.flags.contains(.stackBuildID) ? 32 : facts.values.smallestSize
    let request = MapCreationRequest(
      type: self, name: "", keySize: facts.keys.smallestSize, valueSize: valueSize,
      maxEntries: facts.capacity.smallest, options: options)
    var creation = try request.checked()
    let asksForToken = options.flags.contains(.token)
    if asksForToken { creation.token = FileDescriptor(rawValue: -1) }
    do throws(Errno) {
      _ = try request.make(creation)
      return true
    } catch {
      switch error {
      case .invalidArgument, .argListTooLong: return false
      // The kernel knows struct_ops maps, but not the requested value type.
      case .notSupportedByKernel where facts.btf == .vmlinux: return true
      case .badFileDescriptor where asksForToken || options.valueTypeBTF != nil: return true
      default: throw request.explanation(of: error)
      }
    }
  }

  /// Loads BTF with a 32-bit signed integer, which local storage needs for key and value.
  private func loadTypes() throws(BPFError) -> LoadedSwiftTypes {
    do throws(BPFError) {
      return try LoadedSwiftTypes(key: Int32.self, 4, value: Int32.self, 4, MapOptions())
    } catch {
      throw BPFError(.probe, .system, errno: error.errno, "the kernel rejects BTF with an integer type")
    }
  }
}

// MARK: - Sizes of the smallest map

extension MapTypeFacts.Keys {
  fileprivate var smallestSize: Int {
    switch self {
    case .bytes, .index, .zero, .descriptor: 4
    case .prefix: 8
    case .attachment: 16
    case .none: 0
    }
  }
}

extension MapTypeFacts.Values {
  fileprivate var smallestSize: Int {
    switch self {
    case .data, .object, .socket, .target, .operations: 4
    case .frames: 8
    case .instruction: 16
    case .none: 0
    }
  }
}

extension MapTypeFacts.Capacity {
  fileprivate var smallest: Int {
    switch self {
    case .elements, .alwaysFull, .oneForEachCPU, .atMostCPUs, .one, .pages: 1
    case .growing: 0
    case .bytes: Page.size
    }
  }
}
