//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// How the opcode of an instruction is put together: RFC 9669, section 3.

extension Instruction {
  /// The sort of instruction: the three lowest bits.
  enum Group: UInt8 {
    case loadConstant = 0
    case load = 1
    case storeConstant = 2
    case store = 3
    case arithmetic = 4
    case jump = 5
    case jump32 = 6
    case arithmetic64 = 7
  }

  var group: Group { Group(rawValue: opcode & 7) ?? .jump }

  /// For arithmetic, whether the operand is a register, and not the constant.
  var hasRegisterOperand: Bool { opcode & 0x08 != 0 }

  /// Whether it loads a constant of 64 bits: the other half of it is where the next instruction would be.
  var isLongConstant: Bool { opcode == 0x18 }

  /// How memory is accessed.
  private enum Mode {
    static let plain: UInt8 = 0x60
    static let signExtending: UInt8 = 0x80
    static let atomic: UInt8 = 0xc0
  }

  /// Whether it is an atomic operation that kernels before 5.12 lack: any but adding to memory.
  var isNewerAtomic: Bool { group == .store && opcode & 0xe0 == Mode.atomic && immediate != 0 }

  /// The bits that say how many bytes of memory are accessed.
  private static let sizes: [(bits: UInt8, byteCount: Int)] = [(0x00, 4), (0x08, 2), (0x10, 1), (0x18, 8)]

  /// For loads and stores, how many bytes.
  var accessedByteCount: Int {
    Instruction.sizes.first { $0.bits == opcode & 0x18 }?.byteCount ?? 0
  }

  /// The opcode that does the same with memory of another size; nil if there is none, or it would get the value wrong.
  ///
  /// - Parameter isSigned: whether what is there has a sign. Then only a load that extends it has the number right.
  func opcode(accessing byteCount: Int, isSigned: Bool) -> UInt8? {
    guard let size = Instruction.sizes.first(where: { $0.byteCount == byteCount })?.bits else { return nil }
    switch opcode & 0xe0 {
    case Mode.plain where !isSigned: return Mode.plain | size | group.rawValue
    case Mode.signExtending where isSigned:
      // 8 bytes have nothing to extend into.
      return (byteCount == 8 ? Mode.plain : Mode.signExtending) | size | group.rawValue
    case Mode.atomic where !isSigned && byteCount >= 4: return Mode.atomic | size | group.rawValue
    default: return nil
    }
  }
}

// MARK: - Poison

extension Instruction {
  /// The helper that poisoned instructions call, "bad relo" to who reads hexadecimal as letters; there is none of the
  /// number, and the verifier says "invalid func unknown#195896080". Every loader takes the same one.
  package static let poisonNumber: Int32 = 0xbad_2310

  /// What stands for an instruction that could not be made right. Where it is never reached, it does no harm.
  static let poison = Instruction(opcode: 0x85, immediate: poisonNumber)
}
