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
    let facts = type.facts
    let pageSize = Page.size
    return [
      Rule(maxEntries == 0 && facts.capacity != .growing, "max_entries must be above 0"),
      Rule(
        facts.capacity == .one && maxEntries != 1,
        "max_entries of \(type.withArticle) map must be 1, not \(maxEntries)"),
      Rule(
        facts.keys == .zero && keySize != 4,
        "the key size of \(type.withArticle) map must be 4, not \(keySize)"),
      Rule(
        maxEntries != 0 && facts.capacity == .growing,
        "max_entries of \(type.withArticle) map must be 0: it grows with its objects"),
      Rule(
        facts.isRing && (maxEntries.nonzeroBitCount != 1 || maxEntries % pageSize != 0),
        "the size of a ring buffer (max_entries \(maxEntries)) must be a power of two and a multiple of the page "
          + "size, \(pageSize)"),
      Rule(
        facts.values == .none && (keySize != 0 || valueSize != 0),
        "\(type.withArticle) map has neither keys nor values: both sizes must be 0"),
      Rule(type.isKeyless && keySize != 0, "\(type.withArticle) map has no keys: the key size must be 0"),
      Rule(
        facts.keys == .index && keySize != 4,
        "the keys of \(type.withArticle) map are 32-bit indices: the key size must be 4, not \(keySize)"),
      Rule(
        facts.isStorage && keySize != 4,
        "the keys of \(type.withArticle) map are descriptors: the key size must be 4, not \(keySize)"),
      Rule(
        facts.keys == .prefix && !(5...260).contains(keySize),
        "the key of an LPM trie is a 4-byte prefix length and 1 to 256 bytes of data, not \(keySize) bytes in all"
      ),
      Rule(
        facts.keys == .attachment && keySize != 8 && keySize != 16,
        "the key of \(type.withArticle) map is 8 or 16 bytes long, not \(keySize)"),
      Rule(!type.isKeyless && keySize == 0, "the key size must be above 0"),
      Rule(valueSize == 0 && facts.values != .none, "the value size must be above 0"),
      Rule(
        facts.values == .frames && (valueSize % 8 != 0 || valueSize > 127 * 8)
          && !flags.contains(.stackBuildID),
        "the value of a stack trace is a multiple of 8 bytes, at most 1016, not \(valueSize)"),
      Rule(
        facts.values == .frames && valueSize % 32 != 0 && flags.contains(.stackBuildID),
        "the value of a stack trace with build ids is a multiple of 32 bytes, not \(valueSize)"),
      Rule(
        facts.values.sizes == [4] && valueSize != 4,
        "the values of \(type.withArticle) map are descriptors: the value size must be 4, not \(valueSize)"),
      Rule(
        facts.values.sizes == [4, 8] && valueSize != 4 && valueSize != 8,
        "the value size of \(type.withArticle) map must be 4 or 8, not \(valueSize)"),
    ]
  }

  // MARK: - Flags

  var flagRules: [Rule] {
    let facts = type.facts
    let missing = facts.requiredFlags.subtracting(flags)
    let unknown = MapCreateFlags.named.reduce(into: flags) { $0.remove($1.flag) }
    let foreign = flags.subtracting(type.facts.flags ?? flags).subtracting([.token, unknown])
    return [
      Rule(
        facts.btf != .vmlinux && options.valueTypeBTF != nil,
        "BTF of a value type is only for struct_ops maps"),
      Rule(!unknown.isEmpty, "the flags \(unknown) are unknown", code: .unsupported),
      Rule(!foreign.isEmpty, "\(type.withArticle) map does not take \(foreign)"),
      Rule(
        !missing.isEmpty, "\(type.withArticle) map must be created with \(missing)"),
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
    let facts = type.facts
    let hash = options.exclusiveProgramHash.count
    let device = options.interfaceIndex
    return btfRules + [
      Rule(
        facts.holdsMaps && options.innerMap == nil,
        "\(type.withArticle) map needs an inner map as a template for its elements"),
      Rule(
        facts.holdsMaps && options.innerMap?.type.facts.holdsMaps == true,
        "the inner map may not hold maps itself"),
      extraRule,
      Rule(hash != 0 && hash != 32, "the hash of the exclusive program must be 32 bytes long, not \(hash)"),
      Rule(
        device != 0 && !facts.canBeOffloaded,
        "only hash and array maps can be offloaded to a network device, not \(type.withArticle)"),
      Rule(device != 0 && !isDevice(device), "there is no network device with index \(device)"),
    ]
  }

  /// The rule for `map_extra`.
  var extraRule: Rule {
    let extra = options.extra
    return switch type.facts.extra {
    case .none: Rule(extra != 0, "\(type.withArticle) map takes no map_extra")
    case .number(let counted, let most):
      Rule(
        extra > most,
        "map_extra of \(type.withArticle) map is its number of \(counted), 0 to \(most), not \(extra)")
    case .address:
      Rule(
        extra % UInt64(Page.size) != 0,
        "map_extra of \(type.withArticle) map is an address, a multiple of the page size, \(Page.size)")
    }
  }

  private var btfRules: [Rule] {
    let use = type.facts.btf
    let (key, value) = (options.btf?.keyTypeID ?? 0, options.btf?.valueTypeID ?? 0)
    return [
      Rule(
        use == .required && (key == 0 || value == 0),
        "\(type.withArticle) map needs BTF for its key (a 32-bit integer) and its value"),
      Rule(
        use == .vmlinux && (options.vmlinuxValueTypeID == 0 || options.btf == nil),
        "a struct_ops map needs BTF and the type of its value in the kernel's BTF"),
      Rule(
        use == .vmlinux && (key != 0 || value != 0),
        "a struct_ops map takes the value type from the kernel's BTF, not from its own"),
      Rule(
        use != .vmlinux && options.vmlinuxValueTypeID != 0,
        "a value type in the kernel's BTF is only for struct_ops maps"),
      Rule(key != 0 && value == 0, "BTF for the key requires BTF for the value"),
      Rule((key != 0 || value != 0) && use == .refused, "\(type.withArticle) map takes no BTF"),
    ]
  }

  private func isDevice(_ index: Int) -> Bool {
    UInt32(exactly: index).map(InterfaceNames.contain(index:)) ?? false
  }

  // MARK: - Descriptors

  /// Rules for the kinds of the given descriptors, for those that the kernel checks.
  var descriptorRules: [Rule] {
    var rules: [Rule] = []
    if let btf = options.btf, btf.keyTypeID != 0 || btf.valueTypeID != 0 || type.facts.btf == .vmlinux {
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
    rules.append(
      Rule(options.token == nil && flags.contains(.token), "BPF_F_TOKEN_FD is set by giving a token"))
    return rules
  }

  private func kindRule(_ descriptor: FileDescriptor, _ wanted: DescriptorKind, _ purpose: String) -> Rule {
    let fault = wanted.fault(of: descriptor, givenAs: purpose)
    return Rule(fault != nil, fault ?? "")
  }
}

extension MapTypeFacts.Values {
  /// The accepted sizes, if there are only a few.
  fileprivate var sizes: [Int]? {
    switch self {
    case .object: [4]
    case .socket, .target: [4, 8]
    default: nil
    }
  }
}
