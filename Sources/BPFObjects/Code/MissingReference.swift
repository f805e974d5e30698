//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall

/// Invalid function numbers for calls that replace missing references. The verifier rejects such a call if it is
/// reachable, and the number identifies the missing reference. The numbers are libbpf's, so that the kernel shows the
/// same program for every loader.
enum MissingReference: Equatable {
  /// A map that was not created, by its index among the object's.
  case map(Int)
  /// A kfunc, by its index among the object's externs.
  case function(Int)
  /// A CO-RE relocation.
  case relocation

  private static let firstMap = 2_001_000_000
  private static let firstFunction = 2_002_000_000
  private static let countOfEach = 1_000_000

  init?(number: Int) {
    switch number - MissingReference.firstMap {
    case 0..<MissingReference.countOfEach: self = .map(number - MissingReference.firstMap)
    case MissingReference.countOfEach..<2 * MissingReference.countOfEach:
      self = .function(number - MissingReference.firstFunction)
    default:
      guard number == Int(Instruction.poisonNumber) else { return nil }
      self = .relocation
    }
  }

  /// The call that replaces the reference.
  var call: Instruction {
    let number =
      switch self {
      case .map(let index): MissingReference.firstMap + index
      case .function(let index): MissingReference.firstFunction + index
      case .relocation: Int(Instruction.poisonNumber)
      }
    return .call(Helper(rawValue: UInt32(truncatingIfNeeded: number)))
  }
}
