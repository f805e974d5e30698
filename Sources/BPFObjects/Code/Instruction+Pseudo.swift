//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Instruction {
  /// The meanings of the source register in 64-bit loads and calls. `BPF_PSEUDO_*`.
  package enum Pseudo {
    /// A load: the descriptor of a map.
    package static let mapDescriptor: UInt8 = 1
    /// A load: the descriptor of a map, and in the second half an offset in its first value.
    package static let mapValue: UInt8 = 2
    /// A load: the BTF id of a variable of the kernel, and in the second half the descriptor of a module's BTF.
    package static let kernelVariable: UInt8 = 3
    /// A load: the distance to a function of the program.
    package static let functionAddress: UInt8 = 4
    /// A load: the index of a map in the array of descriptors that is given to the kernel.
    package static let mapIndex: UInt8 = 5
    /// A load: like `mapIndex`, and in the second half an offset in its first value.
    package static let mapValueByIndex: UInt8 = 6
    /// A call: the distance to a subprogram.
    package static let call: UInt8 = 1
    /// A call: the BTF id of a kfunc.
    package static let kernelFunctionCall: UInt8 = 2
  }

  /// The opcode of a 64-bit load.
  static let wideLoad: UInt8 = 0x18

  /// The opcode of a call by number: of a helper, a subprogram or a kfunc.
  static let call: UInt8 = 0x85

  /// Whether it is a 64-bit load, which takes this instruction and the next.
  package var isWideLoad: Bool { opcode == Instruction.wideLoad }

  /// Whether it is a call: of a helper, a subprogram or a kfunc.
  package var isCall: Bool { opcode == Instruction.call }

  /// Whether it is a call of a helper.
  package var isHelperCall: Bool { isCall && source == 0 }

  /// Whether it is a call of a subprogram.
  package var isFunctionCall: Bool { isCall && source == Pseudo.call }
}

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
    return Instruction(opcode: 0x85, immediate: Int32(truncatingIfNeeded: number))
  }
}
