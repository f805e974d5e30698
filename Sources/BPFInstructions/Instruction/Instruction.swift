//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// One instruction of a BPF program: eight bytes. A 64-bit load takes two of them.
///
/// `struct bpf_insn` of the kernel's `include/uapi/linux/bpf.h`; the instruction set is RFC 9669.
public struct Instruction: Sendable, Hashable {
  /// The operation, with the instruction class in the lowest three bits.
  public var opcode: UInt8

  /// The destination register.
  public var destination: UInt8

  /// The source register; in 64-bit loads and calls, the meaning of the immediate.
  public var source: UInt8

  /// The offset of a jump, in instructions, or of memory, in bytes.
  public var offset: Int16

  /// The immediate.
  public var immediate: Int32

  /// Creates an instruction. Only the lowest four bits of the register numbers are used.
  @inlinable
  public init(
    opcode: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
  ) {
    self.opcode = opcode
    self.destination = destination & 0xf
    self.source = source & 0xf
    self.offset = offset
    self.immediate = immediate
  }
}

// MARK: - Bytes

extension Instruction {
  /// The instruction as a number whose bytes in memory are a `struct bpf_insn`.
  @inlinable package var encoded: UInt64 {
    let registers =
      Instruction.isMachineBigEndian ? destination << 4 | source : source << 4 | destination
    let offset = UInt64(UInt16(bitPattern: offset))
    let immediate = UInt64(UInt32(bitPattern: immediate))
    return Instruction.isMachineBigEndian
      ? UInt64(opcode) << 56 | UInt64(registers) << 48 | offset << 32 | immediate
      : UInt64(opcode) | UInt64(registers) << 8 | offset << 16 | immediate << 32
  }

  /// Decodes an instruction from the number that a machine reads from memory or a file.
  ///
  /// - Parameters:
  ///   - encoded: the number.
  ///   - isBigEndian: whether the target machine is big-endian.
  @inlinable package init(encoded: UInt64, isBigEndian: Bool = Instruction.isMachineBigEndian) {
    let registers = UInt8(truncatingIfNeeded: isBigEndian ? encoded >> 48 : encoded >> 8)
    self.init(
      opcode: UInt8(truncatingIfNeeded: isBigEndian ? encoded >> 56 : encoded),
      destination: isBigEndian ? registers >> 4 : registers,
      source: isBigEndian ? registers & 0xf : registers >> 4,
      offset: Int16(truncatingIfNeeded: isBigEndian ? encoded >> 32 : encoded >> 16),
      immediate: Int32(truncatingIfNeeded: isBigEndian ? encoded : encoded >> 32))
  }

  /// Whether this machine stores the high byte of a number first.
  @inlinable package static var isMachineBigEndian: Bool { UInt16(bigEndian: 1) == 1 }
}
