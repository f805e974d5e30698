//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// One instruction of a BPF program: eight bytes. A load of 64 bits takes two of them.
///
/// `struct bpf_insn` of the kernel's `include/uapi/linux/bpf.h`; the instruction set is RFC 9669.
public struct Instruction: Sendable, Hashable {
  /// What it does: its class in the lowest three bits.
  public var opcode: UInt8

  /// The number of the register that it writes, or stores to.
  public var destination: UInt8

  /// The number of the register that it reads; in loads of 64 bits and calls, what its immediate means.
  public var source: UInt8

  /// The offset of a jump, in instructions, or of memory, in bytes.
  public var offset: Int16

  /// The constant in it.
  public var immediate: Int32

  /// An instruction of these parts. Of the register numbers the lowest four bits count.
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
  /// Instructions as the kernel reads them: eight bytes each, in this machine's byte order.
  static func encoded(_ instructions: [Instruction]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(instructions.count * fileByteCount)
    for instruction in instructions {
      let (source, destination) = (instruction.source, instruction.destination)
      bytes.append(instruction.opcode)
      bytes.append(isMachineBigEndian ? destination << 4 | source : source << 4 | destination)
      bytes.append(number: instruction.offset)
      bytes.append(number: instruction.immediate)
    }
    return bytes
  }

  /// Whether this machine stores the high byte of a number first.
  static var isMachineBigEndian: Bool { UInt16(bigEndian: 1) == 1 }
}
