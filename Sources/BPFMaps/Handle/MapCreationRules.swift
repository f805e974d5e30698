//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A rule of the kernel for creating maps, and whether a request broke it.
struct MapCreationRule {
  var isBroken: Bool
  var code: BPFError.Code
  var text: String

  init(_ isBroken: Bool, _ text: String, code: BPFError.Code = .invalidArgument) {
    (self.isBroken, self.text, self.code) = (isBroken, text, code)
  }
}

extension [MapCreationRule] {
  /// The error of the first broken rule.
  var firstBroken: (code: BPFError.Code, text: String)? {
    first(where: \.isBroken).map { ($0.code, $0.text) }
  }
}

// These rules are certain: the kernel refuses every request that breaks one.

extension MapCreationRequest {
  typealias Rule = MapCreationRule

  // MARK: - Sizes

  var sizeRules: [Rule] {
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
        type == .structOps && maxEntries != 1, "max_entries of a struct_ops map must be 1, not \(maxEntries)"),
      Rule(type == .structOps && keySize != 4, "the key size of a struct_ops map must be 4, not \(keySize)"),
      Rule(
        maxEntries != 0 && isSizeless,
        "max_entries of \(type.withArticle) map must be 0: it grows with its objects"),
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

  // MARK: - Flags

  var flagRules: [Rule] {
    let unknown = MapCreateFlags.named.reduce(into: flags) { $0.remove($1.flag) }
    let foreign = flags.subtracting(type.creationFlags ?? flags).subtracting([.token, unknown])
    return [
      Rule(
        type != .structOps && options.valueTypeBTF != nil,
        "BTF of a value type is only for struct_ops maps"),
      Rule(!unknown.isEmpty, "the flags \(unknown) are unknown", code: .unsupported),
      Rule(!foreign.isEmpty, "\(type.withArticle) map does not take \(foreign)"),
      Rule(
        (type == .lpmTrie || type.traits.contains(.storage)) && !flags.contains(.noPrealloc),
        "\(type.withArticle) map must be created with BPF_F_NO_PREALLOC"),
      Rule(
        type == .arena && !flags.contains(.mmapable),
        "an arena must be created with BPF_F_MMAPABLE"),
      Rule(
        flags.isSuperset(of: [.readOnly, .writeOnly]), "BPF_F_RDONLY and BPF_F_WRONLY exclude each other"),
      Rule(
        flags.isSuperset(of: [.readOnlyProgram, .writeOnlyProgram]),
        "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other"),
      Rule(
        flags.contains(.numaNode) && isNodeOnline == false,
        "NUMA node \(options.numaNode ?? 0) is not online"),
    ]
  }

  /// Whether the map's NUMA node is online, or nil if /sys does not list the nodes.
  var isNodeOnline: Bool? {
    let nodes = try? KernelList.numbers(
      at: "/sys/devices/system/node/online", .create, "the online NUMA nodes are unknown")
    return nodes?.contains(options.numaNode ?? 0)
  }

  // MARK: - Companion objects

  var companionRules: [Rule] {
    let hash = options.exclusiveProgramHash.count
    let device = options.interfaceIndex
    return btfRules + [
      Rule(
        type.traits.contains(.holdsMaps) && options.innerMap == nil,
        "\(type.withArticle) map needs an inner map as a template for its elements"),
      Rule(
        type.traits.contains(.holdsMaps) && options.innerMap?.type.traits.contains(.holdsMaps) == true,
        "the inner map may not hold maps itself"),
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
        device != 0 && type != .hash && type != .array,
        "only hash and array maps can be offloaded to a network device, not \(type.withArticle)"),
      Rule(device != 0 && !isDevice(device), "there is no network device with index \(device)"),
    ]
  }

  private var btfRules: [Rule] {
    let (key, value) = (options.btf?.keyTypeID ?? 0, options.btf?.valueTypeID ?? 0)
    return [
      Rule(
        type.traits.contains(.storage) && (key == 0 || value == 0),
        "\(type.withArticle) map needs BTF for its key (a 32-bit integer) and its value"),
      Rule(
        type == .structOps && (options.vmlinuxValueTypeID == 0 || options.btf == nil),
        "a struct_ops map needs BTF and the type of its value in the kernel's BTF"),
      Rule(
        type == .structOps && (key != 0 || value != 0),
        "a struct_ops map takes the value type from the kernel's BTF, not from its own"),
      Rule(
        type != .structOps && options.vmlinuxValueTypeID != 0,
        "a value type in the kernel's BTF is only for struct_ops maps"),
      Rule(key != 0 && value == 0, "BTF for the key requires BTF for the value"),
      Rule((key != 0 || value != 0) && !type.takesBTF, "\(type.withArticle) map takes no BTF"),
    ]
  }

  private func isDevice(_ index: Int) -> Bool {
    UInt32(exactly: index).map(InterfaceNames.contain(index:)) ?? false
  }

  // MARK: - Descriptors

  /// Rules for the kinds of the given descriptors, for those that the kernel checks.
  var descriptorRules: [Rule] {
    var rules: [Rule] = []
    if let btf = options.btf, btf.keyTypeID != 0 || btf.valueTypeID != 0 || type == .structOps {
      rules.append(kindRule(btf.descriptor, .btf, "the BTF"))
    }
    if let valueTypeBTF = options.valueTypeBTF {
      rules.append(kindRule(valueTypeBTF, .btf, "the BTF of the value type"))
    } else {
      rules.append(
        Rule(
          flags.contains(.valueTypeBTF), "BPF_F_VTYPE_BTF_OBJ_FD is set by giving the BTF of the value type"
        ))
    }
    if let token = options.token {
      rules.append(kindRule(token, .token, "the token"))
    } else {
      rules.append(Rule(flags.contains(.token), "BPF_F_TOKEN_FD is set by giving a token"))
    }
    return rules
  }

  private func kindRule(_ descriptor: FileDescriptor, _ wanted: DescriptorKind, _ purpose: String) -> Rule {
    let fault = wanted.fault(of: descriptor, givenAs: purpose)
    return Rule(fault != nil, fault ?? "")
  }
}

extension MapType {
  /// Whether the kernel accepts BTF for the keys and values of such a map. For other types it returns `ENOTSUPP`, or
  /// `EINVAL` for queues and stacks.
  package var takesBTF: Bool {
    switch self {
    case .perfEventArray, .cgroupArray, .stackTrace, .arrayOfMaps, .hashOfMaps, .devMap, .devMapHash, .cpuMap,
      .xskMap, .sockMap, .sockHash, .queue, .stack, .insnArray:
      false
    default: true
    }
  }
}
