//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The size of an access to memory, or of the part of a register that an instruction works on.
///
/// The names are those of RFC 9669: a word has four bytes.
public enum AccessSize: Sendable, Hashable, CaseIterable {
  /// One byte. `BPF_B`.
  case byte
  /// Two bytes. `BPF_H`.
  case halfWord
  /// Four bytes. `BPF_W`.
  case word
  /// Eight bytes. `BPF_DW`.
  case doubleWord

  /// The number of bytes: 1, 2, 4 or 8.
  public var byteCount: Int {
    switch self {
    case .byte: 1
    case .halfWord: 2
    case .word: 4
    case .doubleWord: 8
    }
  }

  /// The number of bits.
  var bitCount: Int { byteCount * 8 }

  /// The bits of the opcode of a load or store.
  var opcodeBits: UInt8 {
    switch self {
    case .byte: 0x10
    case .halfWord: 0x08
    case .word: 0x00
    case .doubleWord: 0x18
    }
  }
}

/// The width of arithmetic, of a comparison or of an atomic operation.
public enum OperationWidth: Sendable, Hashable {
  /// The lower half of each register. Arithmetic sets the upper half of its result to zero.
  case bits32
  /// The whole register.
  case bits64

  /// The size in memory of an operand.
  var accessSize: AccessSize { self == .bits32 ? .word : .doubleWord }

  /// The class of arithmetic.
  var arithmetic: Instruction.Group { self == .bits32 ? .arithmetic : .arithmetic64 }

  /// The class of jumps.
  var jump: Instruction.Group { self == .bits32 ? .jump32 : .jump }
}
