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

  /// Whether it is a 64-bit load, which takes this instruction and the next.
  package var isWideLoad: Bool { opcode == Opcode.wideLoad }

  /// Whether it is a call: of a helper, a subprogram or a kfunc.
  package var isCall: Bool { opcode == Opcode.call }

  /// Whether it is a call of a helper.
  package var isHelperCall: Bool { isCall && source == 0 }

  /// Whether it is a call of a subprogram.
  package var isFunctionCall: Bool { isCall && source == Pseudo.call }
}
