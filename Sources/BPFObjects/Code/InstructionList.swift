//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFInstructions
internal import ELF

/// The instructions of a section, as the bytes of the file.
///
/// Most instructions are only copied into a program, so they are decoded on demand.
package struct InstructionList: RandomAccessCollection, Sendable {
  private let bytes: ByteReader
  private let isBigEndian: Bool

  /// Creates a list from bytes; nil if they end within an instruction.
  init?(_ bytes: ByteReader) {
    guard bytes.count % Instruction.fileByteCount == 0 else { return nil }
    self.bytes = bytes
    isBigEndian = bytes.isSwapped != Instruction.isMachineBigEndian
    endIndex = bytes.count / Instruction.fileByteCount
  }

  package var startIndex: Int { 0 }

  package let endIndex: Int

  /// Returns the instruction at an index, which must be in bounds.
  package subscript(index: Int) -> Instruction {
    Instruction(encoded: bytes.present(index * Instruction.fileByteCount), isBigEndian: isBigEndian)
  }

  /// Returns the opcode of the instruction at an index without decoding the rest.
  func opcode(at index: Int) -> UInt8 { bytes.present(index * Instruction.fileByteCount) }
}

extension Instruction {
  /// The size of an instruction in bytes.
  static let fileByteCount = 8
}
