//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension BPFCommand.ProgramLoad {
  /// Leaves out what a kernel lacks and the program does without, or puts it as that kernel knows it.
  ///
  /// - Parameters:
  ///   - definition: the program.
  ///   - lacks: whether the kernel lacks a feature. It is asked about no other than those that the program makes use of.
  /// - Returns: whether there was anything.
  mutating func doWithout(_ definition: ProgramDefinition, where lacks: (KernelFeature) -> Bool) -> Bool {
    var isChanged = false
    for feature in [KernelFeature.programNames, .attachTypes, .separateReads] {
      var plain = self
      guard plain.doWithout(feature, definition), lacks(feature) else { continue }
      self = plain
      isChanged = true
    }
    return isChanged
  }

  private mutating func doWithout(_ feature: KernelFeature, _ definition: ProgramDefinition) -> Bool {
    switch feature {
    case .programNames where !name.isEmpty:
      name = ""
      return true
    case .attachTypes where expectedAttachType != 0:
      guard definition.convention?.traits.contains(.attachTypeIsOptional) == true else { return false }
      expectedAttachType = 0
      return true
    case .separateReads: return joinReads()
    default: return false
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

  /// Calls the functions that read whatever memory it is, in the place of those that read the kernel's or user space's.
  private mutating func joinReads() -> Bool {
    var isChanged = false
    for index in instructions.indices {
      var call = Instruction(encoded: instructions[index])
      guard call.isHelperCall, let joined = HelperNumber.joined[call.immediate] else { continue }
      call.immediate = joined
      instructions[index] = call.encoded
      isChanged = true
    }
    return isChanged
  }
}

/// Numbers of functions that read memory for programs, `BPF_FUNC_*`.
private enum HelperNumber {
  private static let (read, readText): (Int32, Int32) = (4, 45)
  private static let (readUser, readKernel, readUserText, readKernelText): (Int32, Int32, Int32, Int32) =
    (112, 113, 114, 115)

  /// The function that does not tell kinds of memory apart, by the one that does.
  static let joined: [Int32: Int32] = [
    readUser: read, readKernel: read, readUserText: readText, readKernelText: readText,
  ]
}
