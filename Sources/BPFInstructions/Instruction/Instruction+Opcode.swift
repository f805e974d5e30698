//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The structure of opcodes: RFC 9669, section 3. `include/uapi/linux/bpf.h` and `filter.h` of the kernel.

extension Instruction {
  /// The instruction class: the three lowest bits of the opcode.
  package enum Group: UInt8 {
    case loadConstant = 0
    case load = 1
    case storeConstant = 2
    case store = 3
    case arithmetic = 4
    case jump = 5
    case jump32 = 6
    case arithmetic64 = 7
  }

  package var group: Group { Group(rawValue: opcode & 7) ?? .jump }

  /// Opcodes that are compared as a whole.
  package enum Opcode {
    /// The first half of a 64-bit load: `BPF_LD_IMM64`.
    package static let wideLoad: UInt8 = 0x18
    /// A call by number of a helper, a subprogram or a kfunc: `BPF_JMP | BPF_CALL`.
    package static let call: UInt8 = 0x85
    /// `BPF_EXIT_INSN`.
    package static let exit: UInt8 = 0x95
    /// `BPF_JMP | BPF_JA`.
    static let jump: UInt8 = 0x05
    /// `BPF_JMP32 | BPF_JA`: the distance is in the immediate.
    static let longJump: UInt8 = 0x06
    /// `BPF_JMP | BPF_JA | BPF_X`: to the address in a register.
    static let registerJump: UInt8 = 0x0d
    /// `BPF_JMP | BPF_JCOND`: a conditional jump of another kind, by the source register.
    static let conditionalJump: UInt8 = 0xe5
  }

  /// The bit of arithmetic and of jumps that says that the operand is a register instead of the immediate: `BPF_X`.
  static let registerOperand: UInt8 = 0x08

  /// For arithmetic and jumps, whether the operand is a register instead of the immediate.
  package var hasRegisterOperand: Bool { opcode & Instruction.registerOperand != 0 }

  /// The access mode of loads and stores: the three highest bits.
  package enum Mode {
    static let constant: UInt8 = 0x00
    static let packetAbsolute: UInt8 = 0x20
    static let packetIndirect: UInt8 = 0x40
    static let plain: UInt8 = 0x60
    static let signExtending: UInt8 = 0x80
    static let atomic: UInt8 = 0xc0
    static let bits: UInt8 = 0xe0
  }

  var mode: UInt8 { opcode & Mode.bits }

  /// The number of an arithmetic or jump operation: the four highest bits.
  var operation: UInt8 { opcode >> 4 }

  /// Whether it is an atomic operation that requires Linux 5.12: any except adding to memory.
  package var isNewerAtomic: Bool { group == .store && mode == Mode.atomic && immediate != 0 }

  /// For loads and stores, the access size.
  var accessSize: AccessSize { AccessSize.allCases.first { $0.opcodeBits == opcode & 0x18 } ?? .word }

  /// For loads and stores, the access size in bytes.
  package var accessedByteCount: Int { accessSize.byteCount }

  /// Returns the opcode for the same access in another size; nil if there is none or the value would be wrong.
  ///
  /// - Parameter isSigned: whether the value is signed. Then only a sign-extending load is correct.
  package func opcode(accessing byteCount: Int, isSigned: Bool) -> UInt8? {
    guard let size = AccessSize.allCases.first(where: { $0.byteCount == byteCount }) else { return nil }
    switch mode {
    case Mode.plain where !isSigned: return Mode.plain | size.opcodeBits | group.rawValue
    case Mode.signExtending where isSigned:
      // An 8-byte load extends nothing.
      return (size == .doubleWord ? Mode.plain : Mode.signExtending) | size.opcodeBits | group.rawValue
    case Mode.atomic where !isSigned && byteCount >= 4: return Mode.atomic | size.opcodeBits | group.rawValue
    default: return nil
    }
  }
}
