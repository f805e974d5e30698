//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// Explains why the kernel refused to create a map. Certain causes come before likely ones: a companion object (BTF,
// inner map) is blamed only if no other cause is known.

extension MapCreationRequest {
  /// Returns an error that explains the kernel's refusal, with the kernel's log since Linux 7.2.
  func explanation(of errno: Errno, _ creation: BPFCommand.MapCreation) -> BPFError {
    var error = explanation(of: errno)
    let isAnswered = errno == .invalidArgument || errno == .argListTooLong || errno == .badFileDescriptor
    guard isAnswered, !KernelRelease.isOlder(than: "7.2") else { return error }
    // The handle in `options` keeps the inner map's descriptor open.
    let log = withExtendedLifetime(options) { BPFCommand.mapCreationLog(creation) }
    guard let reason = log.split(separator: "\n").last else { return error }
    error.log = log
    if error.explanation == unknownCause { error.explanation += ": \(reason)" }
    return error
  }

  /// Returns an error that explains the kernel's refusal.
  func explanation(of errno: Errno) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .notPermitted: (.permissionDenied, permissionExplanation)
      case .invalidArgument: unsupportedType ?? brokenRule
      case .notSupportedByKernel, .notSupported: (.unsupported, unsupported(errno))
      case .argListTooLong: unsupportedFeature ?? (.invalidArgument, tooBig)
      case .badFileDescriptor:
        (.invalidArgument, descriptorRules.firstBroken?.text ?? "a given descriptor is closed")
      case .permissionDenied where options.btf != nil:
        (.invalidArgument, "the BTF is the kernel's own, or has value fields that such a map does not allow")
      case .outOfRange where type.facts.extra == .address:
        (.invalidArgument, "the addresses of \(type.withArticle) map may not cross a multiple of 4 GiB")
      case .noMemory:
        (.outOfResources, "no memory for \(type.withArticle) map with max_entries \(maxEntries)")
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the map")
      default: (.system, "")
      }
    return BPFError(.create, code, errno: errno, mapName: name, text)
  }

  private var permissionExplanation: String {
    let needed: [Capability] = type.facts.needsNetAdmin ? [.bpf, .netAdmin] : [.bpf]
    let refusal = BPFToken.refusal(
      of: "creating \(type) maps", with: options.token,
      BPFToken.Need.mapCreation(ofType: type.rawValue, type.description), needing: needed)
    return refusal ?? options.kernel.memoryLimitAdvice ?? "a security policy of this system forbids it"
  }

  // MARK: - EINVAL

  private typealias Refusal = (code: BPFError.Code, text: String)

  /// A refusal if the kernel lacks this map type; nil if it has the type, or does not say.
  private var unsupportedType: Refusal? {
    guard type.isKnown, (try? type.probe()) == false else { return nil }
    let since = type.minimumKernelVersion.map { ": \(KernelRelease.requirement($0))" } ?? ""
    return (.unsupported, "this kernel has no maps of type \(type)\(since)")
  }

  /// The broken rule, or the likeliest cause. Certain rules come first.
  private var brokenRule: Refusal {
    let rules = sizeRules + flagRules + companionRules + descriptorRules
    if let certain = rules.firstBroken { return certain }
    if let unsupportedFeature { return unsupportedFeature }
    if !type.isKnown { return (.unsupported, "this kernel may not have maps of type \(type.rawValue)") }
    if let likely = likelyCause { return (.invalidArgument, likely) }
    return (.invalidArgument, unknownCause)
  }

  private var unknownCause: String {
    "the kernel refuses these sizes or flags (\(flags)) for \(type.withArticle) map"
  }

  /// A refusal if the kernel is too old for a requested feature, or nil.
  private var unsupportedFeature: Refusal? {
    (newerThanKernel ?? missingFeature?.absence).map { (.unsupported, $0) }
  }

  /// The requested feature that the kernel lacks, or nil.
  private var missingFeature: KernelFeature? {
    let isAsked: [(KernelFeature, Bool)] = [
      (.mappedArrays, type == .array && flags.contains(.mmapable)),
      (.globalVariables, !flags.isDisjoint(with: [.readOnlyProgram, .writeOnlyProgram])),
      (.types, options.btf != nil),
    ]
    return isAsked.first { (feature, isAsked) in isAsked && options.kernel.lacks(feature) }?.0
  }

  /// The likely cause, among options that this process cannot verify.
  private var likelyCause: String? {
    if type.facts.btf == .vmlinux {
      return
        "the value size, \(valueSize), is probably not that of type \(options.vmlinuxValueTypeID) in the kernel's BTF"
    }
    if flags.contains(.numaNode), isNodeOnline == nil {
      return "NUMA node \(options.numaNode ?? 0) may not be online"
    }
    if options.interfaceIndex != 0 {
      return "network device \(options.interfaceIndex) refuses a \(type) map of these sizes and flags"
    }
    if let btf = options.btf, btf.keyTypeID != 0 || btf.valueTypeID != 0 {
      return type.facts.keys == .prefix
        ? "the key's type in the BTF must be a struct, and both types as large as key and value"
        : "the types \(btf.keyTypeID) and \(btf.valueTypeID) in the BTF probably do not have the sizes of key "
          + "(\(keySize)) and value (\(valueSize)), or are of kinds that are not allowed"
    }
    return nil
  }

  // MARK: - Other errors

  private func unsupported(_ errno: Errno) -> String {
    if flags.contains(.noPrealloc), type.facts.isLRU {
      return "\(type.withArticle) map always allocates its elements in advance: leave out BPF_F_NO_PREALLOC"
    }
    if type.facts.holdsMaps, let inner = options.innerMap?.type, !inner.facts.canBeInner {
      return "\(inner.withArticle) map cannot be an inner map"
    }
    if type.facts.btf == .vmlinux {
      return
        "type \(options.vmlinuxValueTypeID) of the kernel's BTF is not the value type of any struct_ops"
    }
    if options.interfaceIndex != 0, errno == .notSupported {
      return "network device \(options.interfaceIndex) cannot hold maps"
    }
    if type.facts.capacity == .pages {
      return "this kernel's JIT compiler has no arenas for this processor architecture, or is off"
    }
    if options.btf != nil {
      return type.facts.btf != .refused
        ? "\(type.withArticle) map does not allow some of this BTF's value fields, such as a lock or a timer"
        : "\(type.withArticle) map takes no BTF"
    }
    return "this kernel does not support such \(type.withArticle) map"
  }

  private var tooBig: String {
    if extraRule.isBroken { return extraRule.text }
    if type.facts.capacity == .pages { return "an arena has at most 4 GiB, not \(maxEntries) pages" }
    if type.isPerCPU && valueSize.roundedUpToSlot > 32 * 1024 {
      return "a value of a per-CPU map has at most 32768 bytes, not \(valueSize)"
    }
    if case .bytes(let most?) = type.facts.keys, keySize > most {
      return "a key of \(type.withArticle) map has at most \(most) bytes, not \(keySize)"
    }
    if type.facts.capacity == .atMostCPUs {
      return "max_entries \(maxEntries) is more than this kernel has CPUs"
    }
    return "the sizes are more than the kernel can hold (key \(keySize), value \(valueSize), max_entries "
      + "\(maxEntries))"
  }
}
