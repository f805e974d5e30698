//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall

extension BPFCommand.ProgramLoad {
  /// The optional features: programs work without them.
  static let dispensable: [KernelFeature] = [.programNames, .attachTypes, .probeReadKernel]

  /// Omits or replaces features that the kernel lacks, if the program works without them.
  ///
  /// - Parameters:
  ///   - definition: the program.
  ///   - lacks: returns whether the kernel lacks a feature. Called only for features that the program uses.
  /// - Returns: whether the program changed.
  mutating func doWithout(_ definition: ProgramDefinition, where lacks: (KernelFeature) -> Bool) -> Bool {
    var isChanged = false
    for feature in Self.dispensable where uses(feature, definition) && lacks(feature) {
      doWithout(feature)
      isChanged = true
    }
    return isChanged
  }

  /// Whether the program uses an optional feature.
  private func uses(_ feature: KernelFeature, _ definition: ProgramDefinition) -> Bool {
    switch feature.kind {
    case .programNames: !name.isEmpty
    case .attachTypes:
      expectedAttachType != 0 && definition.convention?.traits.contains(.attachTypeIsOptional) == true
    case .probeReadKernel: instructions.contains { Instruction(encoded: $0).joiningReads != nil }
    default: false
    }
  }

  private mutating func doWithout(_ feature: KernelFeature) {
    switch feature.kind {
    case .programNames: name = ""
    case .attachTypes: expectedAttachType = 0
    case .probeReadKernel:
      instructions = instructions.map { Instruction(encoded: $0).joiningReads?.encoded ?? $0 }
    default: break
    }
  }

  /// Sets the running kernel's version, which kernels before 5.0 compare for kprobes.
  ///
  /// - Returns: whether the version was missing and is required.
  mutating func tellKernelVersion() -> Bool {
    guard type == ProgramType.kprobe.rawValue, kernelVersion == 0, let version = try? KernelVersion.running()
    else { return false }
    kernelVersion = version.code
    return true
  }
}

extension Instruction {
  /// The same call with `bpf_probe_read` or `bpf_probe_read_str` instead of the kernel or user variant; nil for other
  /// instructions.
  fileprivate var joiningReads: Instruction? {
    guard isHelperCall, let joined = HelperNumber.joined(immediate) else { return nil }
    var call = self
    call.immediate = joined
    return call
  }
}

/// Numbers of the helpers that read memory, `BPF_FUNC_*`.
private enum HelperNumber {
  private static let (read, readText): (Int32, Int32) = (4, 45)
  private static let (readUser, readKernel, readUserText, readKernelText): (Int32, Int32, Int32, Int32) =
    (112, 113, 114, 115)

  /// Returns the older helper for both kinds of memory, for one that reads kernel or user memory.
  static func joined(_ number: Int32) -> Int32? {
    switch number {
    case readUser, readKernel: read
    case readUserText, readKernelText: readText
    default: nil
    }
  }
}
