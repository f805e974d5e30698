//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension BPFCommand.ProgramLoad {
  /// What programs do without.
  static let dispensable: [KernelFeature] = [.programNames, .attachTypes, .probeReadKernel]

  /// Leaves out what a kernel lacks and the program does without, or puts it as that kernel knows it.
  ///
  /// - Parameters:
  ///   - definition: the program.
  ///   - lacks: whether the kernel lacks a feature. It is asked about no other than those that the program makes use of.
  /// - Returns: whether there was anything.
  mutating func doWithout(_ definition: ProgramDefinition, where lacks: (KernelFeature) -> Bool) -> Bool {
    var isChanged = false
    for feature in Self.dispensable where uses(feature, definition) && lacks(feature) {
      doWithout(feature)
      isChanged = true
    }
    return isChanged
  }

  /// Whether it makes use of a feature that it does without.
  private func uses(_ feature: KernelFeature, _ definition: ProgramDefinition) -> Bool {
    switch feature {
    case .programNames: !name.isEmpty
    case .attachTypes:
      expectedAttachType != 0 && definition.convention?.traits.contains(.attachTypeIsOptional) == true
    case .probeReadKernel: instructions.contains { Instruction(encoded: $0).joiningReads != nil }
    default: false
    }
  }

  private mutating func doWithout(_ feature: KernelFeature) {
    switch feature {
    case .programNames: name = ""
    case .attachTypes: expectedAttachType = 0
    case .probeReadKernel:
      instructions = instructions.map { Instruction(encoded: $0).joiningReads?.encoded ?? $0 }
    default: break
    }
  }

  /// Tells the running kernel's version, which kernels before 5.0 compare for programs that probe the kernel.
  ///
  /// - Returns: whether it was not told before, and is of use.
  mutating func tellKernelVersion() -> Bool {
    guard type == ProgramType.kprobe.rawValue, kernelVersion == 0, let version = try? KernelVersion.running()
    else { return false }
    kernelVersion = version.code
    return true
  }
}

extension Instruction {
  /// A call of the function that reads whatever memory it is, in the place of one that reads the kernel's or user space's;
  /// nil if it is no such call.
  fileprivate var joiningReads: Instruction? {
    guard isHelperCall, let joined = HelperNumber.joined(immediate) else { return nil }
    var call = self
    call.immediate = joined
    return call
  }
}

/// Numbers of functions that read memory for programs, `BPF_FUNC_*`.
private enum HelperNumber {
  private static let (read, readText): (Int32, Int32) = (4, 45)
  private static let (readUser, readKernel, readUserText, readKernelText): (Int32, Int32, Int32, Int32) =
    (112, 113, 114, 115)

  /// The function that does not tell kinds of memory apart, for one that does.
  static func joined(_ number: Int32) -> Int32? {
    switch number {
    case readUser, readKernel: read
    case readUserText, readKernelText: readText
    default: nil
    }
  }
}
