//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// What is asked of `BPF_MAP_CREATE`, and why the kernel may refuse it.
///
/// The kernel answers `EINVAL` to most mistakes. It alone decides; only after it refused are its rules gone
/// through for the one that was likely broken.
struct MapCreationRequest {
  var type: MapType
  var name: String
  var keySize: Int
  var valueSize: Int
  var maxEntries: Int
  var options: MapOptions

  /// The flags, with those that follow from other options.
  private var flags: MapCreateFlags {
    var flags = options.flags
    if options.numaNode != nil { flags.insert(.numaNode) }
    if options.valueTypeBTF != nil { flags.insert(.valueTypeBTF) }
    if options.token != nil { flags.insert(.token) }
    return flags
  }

  // MARK: - Before the kernel is asked

  /// The command's argument, once nothing in it would have to be cut off to fit.
  func checked() throws(BPFError) -> BPFCommand.MapCreation {
    try MapName.check(name)
    try checkNothingIsIgnored()
    var creation = BPFCommand.MapCreation(
      type: type.rawValue, keySize: try field(keySize, "key size"),
      valueSize: try field(valueSize, "value size"),
      maxEntries: try field(maxEntries, "max_entries"))
    creation.name = name
    creation.flags = flags.rawValue
    creation.extra = options.extra
    creation.numaNode = try field(options.numaNode ?? 0, "NUMA node")
    creation.interfaceIndex = try field(options.interfaceIndex, "interface index")
    creation.innerMap = options.innerMap?.descriptor.borrowed
    creation.btf = options.btf?.descriptor
    creation.btfKeyTypeID = options.btf?.keyTypeID ?? 0
    creation.btfValueTypeID = options.btf?.valueTypeID ?? 0
    creation.btfVmlinuxValueTypeID = options.vmlinuxValueTypeID
    creation.valueTypeBTF = options.valueTypeBTF
    creation.token = options.token
    creation.exclusiveProgramHash = options.exclusiveProgramHash
    return creation
  }

  /// Refuses what the kernel would pass over in silence.
  private func checkNothingIsIgnored() throws(BPFError) {
    if options.innerMap != nil, !type.traits.contains(.holdsMaps) {
      throw BPFError(.create, .invalidArgument, mapName: name, "\(type.withArticle) map takes no inner map")
    }
    if let btf = options.btf, btf.keyTypeID == 0, btf.valueTypeID == 0, type != .structOps {
      throw BPFError(
        .create, .invalidArgument, mapName: name,
        "there is BTF, and neither a type of the key nor one of the value in it")
    }
  }

  private func field(_ value: Int, _ what: String) throws(BPFError) -> UInt32 {
    guard let field = UInt32(exactly: value) else {
      throw BPFError(
        .create, .wrongSize, mapName: name, "the \(what) \(value) is not between 0 and \(UInt32.max)")
    }
    return field
  }

  // MARK: - After the kernel refused

  /// The kernel's refusal, with the likely reason.
  func explanation(of errno: Errno) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .notPermitted: (.permissionDenied, privilege)
      case .invalidArgument: (.invalidArgument, brokenRule)
      case .notSupportedByKernel, .notSupported: (.unsupported, unsupported)
      case .argListTooLong: (.invalidArgument, tooBig)
      case .badFileDescriptor: (.invalidArgument, badDescriptor)
      case .noMemory:
        (.outOfResources, "no memory for \(type.withArticle) map with max_entries \(maxEntries)")
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the map")
      default: (.system, "")
      }
    return BPFError(.create, code, errno: errno, mapName: name, text)
  }

  private var privilege: String {
    // Without knowing what the process has, name all that the type needs.
    let needed: [Capability] = type.traits.contains(.netAdmin) ? [.bpf, .netAdmin] : [.bpf]
    if Capability.sysAdmin.isEffective != true {
      let missing = needed.filter { $0.isEffective != true }.map(\.name)
      if !missing.isEmpty {
        return
          "creating \(type.withArticle) map needs \(missing.joined(separator: " and ")), which this process lacks"
      }
    }
    if options.token != nil { return "the token does not delegate creating \(type) maps" }
    return "a security policy of this system forbids it, or on kernels before 5.11 RLIMIT_MEMLOCK is too low"
  }

  private var brokenRule: String {
    let rules = sizeRules + flagRules + companionRules
    if let broken = rules.first(where: \.isBroken) { return broken.text }
    if !type.isKnown { return "this kernel may not have maps of type \(type.rawValue)" }
    let since = type.minimumKernelVersion.map { " (type since Linux \($0))" } ?? ""
    return "the kernel refuses these sizes or flags (\(flags)) for \(type.withArticle) map\(since)"
  }

  private struct Rule {
    var isBroken: Bool
    var text: String
    init(_ isBroken: Bool, _ text: String) { (self.isBroken, self.text) = (isBroken, text) }
  }

  private var sizeRules: [Rule] {
    let isRing = type == .ringBuf || type == .userRingBuf
    let isIndexed = type.traits.contains(.indexed)
    let isSizeless = type.traits.contains(.storage) || type == .cgroupStorage || type == .perCPUCgroupStorage
    let pageSize = Page.size
    let holdsSocketsOrDevices: [MapType] = [
      .devMap, .devMapHash, .sockMap, .sockHash, .cpuMap, .reuseportSockArray,
    ]
    let holdsDescriptors: [MapType] = [
      .programArray, .perfEventArray, .cgroupArray, .xskMap, .arrayOfMaps, .hashOfMaps,
    ]
    return [
      Rule(maxEntries == 0 && !isSizeless, "max_entries must be above 0"),
      Rule(
        maxEntries != 0 && isSizeless,
        "max_entries of \(type.withArticle) map must be 0: it grows with what it describes"),
      Rule(
        isRing && (maxEntries.nonzeroBitCount != 1 || maxEntries % pageSize != 0),
        "the size of a ring buffer (max_entries \(maxEntries)) must be a power of two and a multiple of the page "
          + "size, \(pageSize)"),
      Rule(
        (isRing || type == .arena) && (keySize != 0 || valueSize != 0),
        "\(type.withArticle) map has neither keys nor values: both sizes must be 0"),
      Rule(type.isKeyless && keySize != 0, "\(type.withArticle) map has no keys: the key size must be 0"),
      Rule(
        isIndexed && keySize != 4,
        "the keys of \(type.withArticle) map are 32-bit indices: the key size must be 4, not \(keySize)"),
      Rule(
        type.traits.contains(.storage) && keySize != 4,
        "the keys of \(type.withArticle) map are descriptors: the key size must be 4, not \(keySize)"),
      Rule(
        type == .lpmTrie && !(5...260).contains(keySize),
        "the key of an LPM trie is a 4-byte prefix length and 1 to 256 bytes of data, not \(keySize) bytes in all"
      ),
      Rule(
        (type == .cgroupStorage || type == .perCPUCgroupStorage) && keySize != 8 && keySize != 16,
        "the key of \(type.withArticle) map is 8 or 16 bytes long, not \(keySize)"),
      Rule(!type.isKeyless && keySize == 0, "the key size must be above 0"),
      Rule(valueSize == 0 && !isRing && type != .arena, "the value size must be above 0"),
      Rule(
        type == .stackTrace && (valueSize % 8 != 0 || valueSize > 127 * 8) && !flags.contains(.stackBuildID),
        "the value of a stack trace is a multiple of 8 bytes, at most 1016, not \(valueSize)"),
      Rule(
        type == .stackTrace && valueSize % 32 != 0 && flags.contains(.stackBuildID),
        "the value of a stack trace with build ids is a multiple of 32 bytes, not \(valueSize)"),
      Rule(
        holdsDescriptors.contains(type) && valueSize != 4,
        "the values of \(type.withArticle) map are descriptors: the value size must be 4, not \(valueSize)"),
      Rule(
        holdsSocketsOrDevices.contains(type) && valueSize != 4 && valueSize != 8,
        "the value size of \(type.withArticle) map must be 4 or 8, not \(valueSize)"),
    ]
  }

  private var flagRules: [Rule] {
    let mustNotPreallocate = type == .lpmTrie || type.traits.contains(.storage)
    let mayNotPreallocate = mustNotPreallocate || [.hash, .perCPUHash, .hashOfMaps].contains(type)
    let unknown = MapCreateFlags.named.reduce(into: flags) { $0.remove($1.flag) }
    return [
      Rule(
        mustNotPreallocate && !flags.contains(.noPrealloc),
        "\(type.withArticle) map must be created with BPF_F_NO_PREALLOC"),
      Rule(
        !mayNotPreallocate && flags.contains(.noPrealloc),
        "\(type.withArticle) map does not take BPF_F_NO_PREALLOC"),
      Rule(
        type == .arena && !flags.contains(.mmapable),
        "an arena must be created with BPF_F_MMAPABLE"),
      Rule(
        flags.isSuperset(of: [.readOnly, .writeOnly]), "BPF_F_RDONLY and BPF_F_WRONLY exclude each other"),
      Rule(
        flags.isSuperset(of: [.readOnlyProgram, .writeOnlyProgram]),
        "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other"),
      Rule(!unknown.isEmpty, "the flags \(unknown) are unknown"),
    ]
  }

  private var companionRules: [Rule] {
    let hash = options.exclusiveProgramHash.count
    return [
      Rule(
        type.traits.contains(.storage) && options.btf == nil,
        "\(type.withArticle) map needs BTF for its key (a 32-bit integer) and its value"),
      Rule(
        type == .structOps && (options.vmlinuxValueTypeID == 0 || options.btf == nil),
        "a struct_ops map needs BTF and the type of its value in the kernel's BTF"
      ),
      Rule(
        type.traits.contains(.holdsMaps) && options.innerMap == nil,
        "\(type.withArticle) map needs an inner map, as a template of those it shall hold"),
      Rule(
        options.innerMap?.type.traits.contains(.holdsMaps) ?? false, "the inner map may not hold maps itself"),
      Rule(
        type != .bloomFilter && type != .arena && options.extra != 0,
        "\(type.withArticle) map takes no map_extra"),
      Rule(
        type == .bloomFilter && options.extra > 15,
        "map_extra of a Bloom filter is its number of hashes, 0 to 15, not \(options.extra)"),
      Rule(
        type == .arena && options.extra % UInt64(Page.size) != 0,
        "map_extra of an arena is an address, a multiple of the page size, \(Page.size)"),
      Rule(hash != 0 && hash != 32, "the hash of the exclusive program must be 32 bytes long, not \(hash)"),
      Rule(
        options.btf != nil && !type.traits.contains(.storage),
        "the kernel refuses this BTF for \(type.withArticle) map"
      ),
      Rule(
        options.numaNode != nil, "NUMA node \(options.numaNode ?? 0) is not online, or the type takes none"),
      Rule(options.interfaceIndex != 0, "network device \(options.interfaceIndex) cannot hold \(type) maps"),
    ]
  }

  private var unsupported: String {
    if flags.contains(.noPrealloc), type == .lruHash || type == .lruPerCPUHash {
      return "\(type.withArticle) map always allocates its elements in advance: leave out BPF_F_NO_PREALLOC"
    }
    if options.btf != nil { return "\(type.withArticle) map takes no BTF, or not with what this value holds" }
    return "this kernel does not support such \(type.withArticle) map"
  }

  private var tooBig: String {
    if type.isPerCPU && valueSize.roundedUpToSlot > 32 * 1024 {
      return "a value of a per-CPU map has at most 32768 bytes, not \(valueSize)"
    }
    if type == .sockHash && keySize > 512 {
      return "a key of a sockhash map has at most 512 bytes, not \(keySize)"
    }
    if type == .cpuMap { return "max_entries \(maxEntries) is more than this kernel has CPUs" }
    return "the sizes are more than the kernel can hold (key \(keySize), value \(valueSize), max_entries "
      + "\(maxEntries)), or it is too old for an option that was set"
  }

  private var badDescriptor: String {
    var given: [String] = []
    if options.innerMap != nil { given.append("the inner map") }
    if options.btf != nil { given.append("the BTF object") }
    if options.valueTypeBTF != nil { given.append("the BTF object of the value's type") }
    if options.token != nil { given.append("the token") }
    return "a descriptor is closed or of another kind; given were \(given.joined(separator: ", "))"
  }
}
