//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Instruction {
  /// Bytes of an instruction in a file.
  static let fileByteCount = 8

  /// The instructions of a section; nil if it ends within one.
  static func all(in bytes: ByteReader) -> [Instruction]? {
    guard bytes.count % fileByteCount == 0 else { return nil }
    var instructions: [Instruction] = []
    instructions.reserveCapacity(bytes.count / fileByteCount)
    for offset in stride(from: 0, to: bytes.count, by: fileByteCount) {
      guard let instruction = Instruction(bytes, at: offset) else { return nil }
      instructions.append(instruction)
    }
    return instructions
  }

  private init?(_ bytes: ByteReader, at offset: Int) {
    guard let opcode = bytes.number(offset, as: UInt8.self),
      let registers = bytes.number(offset + 1, as: UInt8.self),
      let displacement = bytes.number(offset + 2, as: Int16.self),
      let immediate = bytes.number(offset + 4, as: Int32.self)
    else { return nil }
    // The two numbers of registers are a bit-field: their order is that of the bits of the file's machine.
    let isBigEndian = bytes.isSwapped != Instruction.isMachineBigEndian
    let (low, high) = (registers & 0xf, registers >> 4)
    self.init(
      opcode: opcode, destination: isBigEndian ? high : low, source: isBigEndian ? low : high,
      offset: displacement, immediate: immediate)
  }
}
