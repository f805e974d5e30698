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

  /// Calls the functions that read whatever memory it is, in the place of those that read the kernel's or user space's.
  private mutating func joinReads() -> Bool {
    var isChanged = false
    for start in stride(from: 0, to: instructions.count, by: Instruction.fileByteCount) {
      // A call of a helper has its number, and no source.
      guard instructions[start] == 0x85, instructions[start + 1] == 0,
        let joined = HelperNumber.joined[[UInt8](instructions[(start + 4)..<(start + 8)])]
      else { continue }
      instructions.replaceSubrange((start + 4)..<(start + 8), with: joined)
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

  /// What stands in an instruction for the function that does not tell kinds of memory apart, by what stands there for
  /// the one that does.
  static let joined: [[UInt8]: [UInt8]] = [
    [UInt8](number: readUser): [UInt8](number: read), [UInt8](number: readKernel): [UInt8](number: read),
    [UInt8](number: readUserText): [UInt8](number: readText),
    [UInt8](number: readKernelText): [UInt8](number: readText),
  ]
}
