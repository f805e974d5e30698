//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A type that an instruction can be converted to: Instruction and Statement.
///
/// Its extensions have a function for each instruction, so that lists of either type can use them: `.move(0, to: .r0)`.
public protocol InstructionConvertible {
  /// Converts an instruction.
  init(_ instruction: Instruction)
}

extension Instruction: InstructionConvertible {
  /// Creates a copy.
  public init(_ instruction: Instruction) { self = instruction }
}

extension InstructionConvertible {
  /// Creates an instruction on an operand that is a register or the immediate.
  ///
  /// - Parameter opcode: the operation and the class.
  init(
    _ opcode: UInt8, _ group: Instruction.Group, _ destination: Register, _ operand: Operand,
    offset: Int16 = 0
  ) {
    let isRegister = operand.register != nil
    self.init(
      Instruction(
        opcode: opcode | group.rawValue | (isRegister ? Instruction.registerOperand : 0),
        destination: destination.rawValue, source: operand.register?.rawValue ?? 0, offset: offset,
        immediate: operand.constant))
  }
}
