//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Arithmetic: RFC 9669, section 4.1 and 4.2.

extension InstructionConvertible {
  /// `register = operand`
  ///
  /// A constant has 32 bits; see Statement/load(constant:to:) for 64.
  public static func move(_ operand: Operand, to register: Register, width: OperationWidth = .bits64) -> Self
  {
    Self(0xb0, width.arithmetic, register, operand)
  }

  /// `register = (signed) source`: extends the sign of a register's lowest bits.
  ///
  /// Linux 6.6, cpu v4. If `size` is as large as `width`, a plain move, which each kernel has.
  ///
  /// - Parameters:
  ///   - source: the register with the number.
  ///   - size: the part of the source that is a signed number.
  ///   - register: the register for the result.
  ///   - width: the width of the result.
  public static func move(
    signed source: Register, _ size: AccessSize, to register: Register, width: OperationWidth = .bits64
  ) -> Self {
    let isExtending = size.byteCount < width.accessSize.byteCount
    return Self(
      0xb0, width.arithmetic, register, .register(source), offset: isExtending ? Int16(size.bitCount) : 0)
  }

  /// `register += operand`
  public static func add(_ operand: Operand, to register: Register, width: OperationWidth = .bits64) -> Self {
    Self(0x00, width.arithmetic, register, operand)
  }

  /// `register -= operand`
  public static func subtract(
    _ operand: Operand, from register: Register, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x10, width.arithmetic, register, operand)
  }

  /// `register *= operand`
  public static func multiply(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x20, width.arithmetic, register, operand)
  }

  /// `register /= operand`, of unsigned numbers. Division by a register that is zero results in zero.
  public static func divide(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x30, width.arithmetic, register, operand)
  }

  /// `register s/= operand`, of signed numbers. Linux 6.6, cpu v4.
  public static func divideSigned(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x30, width.arithmetic, register, operand, offset: 1)
  }

  /// `register %= operand`, of unsigned numbers. The remainder by a register that is zero is the number itself.
  public static func remainder(
    of register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x90, width.arithmetic, register, operand)
  }

  /// `register s%= operand`, of signed numbers. Linux 6.6, cpu v4.
  public static func remainderSigned(
    of register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x90, width.arithmetic, register, operand, offset: 1)
  }

  /// `register |= operand`
  public static func or(_ operand: Operand, into register: Register, width: OperationWidth = .bits64) -> Self
  {
    Self(0x40, width.arithmetic, register, operand)
  }

  /// `register &= operand`
  public static func and(
    _ operand: Operand, into register: Register, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x50, width.arithmetic, register, operand)
  }

  /// `register ^= operand`
  public static func xor(
    _ operand: Operand, into register: Register, width: OperationWidth = .bits64
  ) -> Self {
    Self(0xa0, width.arithmetic, register, operand)
  }

  /// `register <<= operand`
  public static func shiftLeft(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x60, width.arithmetic, register, operand)
  }

  /// `register >>= operand`: shifts in zeros.
  public static func shiftRight(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x70, width.arithmetic, register, operand)
  }

  /// `register s>>= operand`: shifts in copies of the sign.
  public static func shiftRightSigned(
    _ register: Register, by operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0xc0, width.arithmetic, register, operand)
  }

  /// `register = -register`
  public static func negate(_ register: Register, width: OperationWidth = .bits64) -> Self {
    Self(0x80, width.arithmetic, register, 0)
  }
}

// MARK: - Byte order

extension InstructionConvertible {
  /// Converts the lowest bytes of a register to big-endian order, or from it, and sets the others to zero.
  ///
  /// - Parameters:
  ///   - register: the register.
  ///   - size: the bytes to convert. A single byte has no order; the others are still set to zero.
  public static func convertToBigEndian(_ register: Register, _ size: AccessSize) -> Self {
    convert(register, size, 0xdc)
  }

  /// Converts the lowest bytes of a register to little-endian order, or from it, and sets the others to zero.
  ///
  /// - Parameters:
  ///   - register: the register.
  ///   - size: the bytes to convert. A single byte has no order; the others are still set to zero.
  public static func convertToLittleEndian(_ register: Register, _ size: AccessSize) -> Self {
    convert(register, size, 0xd4)
  }

  /// Reverses the lowest bytes of a register, on any machine, and sets the others to zero. Linux 6.6, cpu v4.
  ///
  /// - Parameters:
  ///   - register: the register.
  ///   - size: the bytes to reverse. A single byte stays; the others are still set to zero.
  public static func swapBytes(_ register: Register, _ size: AccessSize) -> Self {
    convert(register, size, 0xd7)
  }

  private static func convert(_ register: Register, _ size: AccessSize, _ opcode: UInt8) -> Self {
    guard size != .byte else { return .and(0xff, into: register) }
    return Self(
      Instruction(opcode: opcode, destination: register.rawValue, immediate: Int32(size.bitCount)))
  }
}

extension Instruction {
  /// `r0 = 0; exit`, the smallest program.
  package static let returnZero: [Instruction] = [.move(0, to: .r0), .exit]
}
