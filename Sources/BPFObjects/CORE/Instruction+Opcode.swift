//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

// The structure of opcodes: RFC 9669, section 3.

extension Instruction {
  /// The instruction class: the three lowest bits.
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

  /// For arithmetic, whether the operand is a register instead of the immediate.
  var hasRegisterOperand: Bool { opcode & 0x08 != 0 }

  /// The access mode.
  private enum Mode {
    static let plain: UInt8 = 0x60
    static let signExtending: UInt8 = 0x80
    static let atomic: UInt8 = 0xc0
  }

  /// Whether it is an atomic operation that requires Linux 5.12: any except adding to memory.
  var isNewerAtomic: Bool { group == .store && opcode & 0xe0 == Mode.atomic && immediate != 0 }

  /// The access size bits.
  private static let sizes: [(bits: UInt8, byteCount: Int)] = [(0x00, 4), (0x08, 2), (0x10, 1), (0x18, 8)]

  /// For loads and stores, the access size in bytes.
  var accessedByteCount: Int {
    Instruction.sizes.first { $0.bits == opcode & 0x18 }?.byteCount ?? 0
  }

  /// Returns the opcode for the same access in another size; nil if there is none or the value would be wrong.
  ///
  /// - Parameter isSigned: whether the value is signed. Then only a sign-extending load is correct.
  func opcode(accessing byteCount: Int, isSigned: Bool) -> UInt8? {
    guard let size = Instruction.sizes.first(where: { $0.byteCount == byteCount })?.bits else { return nil }
    switch opcode & 0xe0 {
    case Mode.plain where !isSigned: return Mode.plain | size | group.rawValue
    case Mode.signExtending where isSigned:
      // An 8-byte load extends nothing.
      return (byteCount == 8 ? Mode.plain : Mode.signExtending) | size | group.rawValue
    case Mode.atomic where !isSigned && byteCount >= 4: return Mode.atomic | size | group.rawValue
    default: return nil
    }
  }
}

// MARK: - Poison

extension Instruction {
  /// The invalid helper number that poisoned instructions call, "bad relo" in hexadecimal. The verifier reports
  /// "invalid func unknown#195896080". All loaders use the same number.
  package static let poisonNumber: Int32 = 0xbad_2310

  /// The poisoned instruction. It does no harm if it is unreachable.
  static let poison = Instruction.call(helper: poisonNumber)
}
