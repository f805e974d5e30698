//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

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
  /// Bytes of an instruction.
  static let byteCount = 8

  /// Eight bytes, as an instruction in the byte order of a machine.
  init(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool = Instruction.isMachineBigEndian) {
    let bytes = Array(bytes)
    let registers = (bytes[1] & 0xf, bytes[1] >> 4)
    func number(_ range: Range<Int>) -> UInt32 {
      let ordered = isBigEndian ? Array(bytes[range]) : bytes[range].reversed()
      return ordered.reduce(0) { $0 << 8 | UInt32($1) }
    }
    self.init(
      opcode: bytes[0], destination: isBigEndian ? registers.1 : registers.0,
      source: isBigEndian ? registers.0 : registers.1, offset: Int16(truncatingIfNeeded: number(2..<4)),
      immediate: Int32(bitPattern: number(4..<8)))
  }

  /// The instruction as the kernel reads it: eight bytes in this machine's byte order.
  var bytes: [UInt8] {
    let registers =
      Instruction.isMachineBigEndian ? destination << 4 | source : source << 4 | destination
    func bytes(_ number: UInt32, count: Int) -> [UInt8] {
      (0..<count).map { index in
        let place = Instruction.isMachineBigEndian ? count - 1 - index : index
        return UInt8(truncatingIfNeeded: number >> (8 * UInt32(place)))
      }
    }
    return [opcode, registers] + bytes(UInt32(UInt16(bitPattern: offset)), count: 2)
      + bytes(UInt32(bitPattern: immediate), count: 4)
  }

  /// Instructions in this machine's byte order. Bytes that are left over are no instruction.
  static func decode(_ bytes: [UInt8]) -> [Instruction] {
    stride(from: 0, to: bytes.count / byteCount * byteCount, by: byteCount).map { start in
      Instruction(bytes[start..<start + byteCount])
    }
  }

  /// Whether this machine stores the high byte of a number first.
  static var isMachineBigEndian: Bool { 1.bigEndian == 1 }
}
