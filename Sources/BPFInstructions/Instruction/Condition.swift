//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A comparison of a register with a register or a constant, for a jump.
public struct Condition: Sendable, Hashable {
  let register: Register
  let operand: Operand
  let width: OperationWidth
  /// The operation's bits in the opcode.
  let opcodeBits: UInt8

  private init(_ opcodeBits: UInt8, _ register: Register, _ operand: Operand, _ width: OperationWidth) {
    (self.opcodeBits, self.register, self.operand, self.width) = (opcodeBits, register, operand, width)
  }

  /// `register == operand`
  public static func equal(_ register: Register, _ operand: Operand, width: OperationWidth = .bits64) -> Self
  {
    Self(0x10, register, operand, width)
  }
  /// `register != operand`
  public static func notEqual(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x50, register, operand, width)
  }
  /// `register & operand`: whether both have a bit in common.
  public static func hasBits(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x40, register, operand, width)
  }
  /// `register > operand`, of unsigned numbers.
  public static func greater(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x20, register, operand, width)
  }
  /// `register >= operand`, of unsigned numbers.
  public static func greaterOrEqual(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x30, register, operand, width)
  }
  /// `register < operand`, of unsigned numbers.
  public static func less(_ register: Register, _ operand: Operand, width: OperationWidth = .bits64) -> Self {
    Self(0xa0, register, operand, width)
  }
  /// `register <= operand`, of unsigned numbers.
  public static func lessOrEqual(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0xb0, register, operand, width)
  }
  /// `register s> operand`, of signed numbers.
  public static func greaterSigned(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x60, register, operand, width)
  }
  /// `register s>= operand`, of signed numbers.
  public static func greaterOrEqualSigned(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0x70, register, operand, width)
  }
  /// `register s< operand`, of signed numbers.
  public static func lessSigned(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0xc0, register, operand, width)
  }
  /// `register s<= operand`, of signed numbers.
  public static func lessOrEqualSigned(
    _ register: Register, _ operand: Operand, width: OperationWidth = .bits64
  ) -> Self {
    Self(0xd0, register, operand, width)
  }
}
