//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Jumps and calls: RFC 9669, section 4.3.

extension InstructionConvertible {
  /// `exit`: returns from the function, with the result in `r0`.
  public static var exit: Self { Self(Instruction(opcode: Instruction.Opcode.exit)) }

  /// `call helper`: calls a helper function of the kernel, with arguments in `r1` to `r5` and the result in `r0`.
  public static func call(_ helper: Helper) -> Self {
    Self(
      Instruction(opcode: Instruction.Opcode.call, immediate: Int32(truncatingIfNeeded: helper.rawValue)))
  }

  /// `goto pc+distance`
  ///
  /// - Parameter distance: the number of instructions to skip; 0 is the next one. A 64-bit load counts as two.
  public static func jump(by distance: Int16) -> Self {
    Self(Instruction(opcode: Instruction.Opcode.jump, offset: distance))
  }

  /// `if condition goto pc+distance`
  ///
  /// - Parameters:
  ///   - distance: the number of instructions to skip; 0 is the next one. A 64-bit load counts as two.
  ///   - condition: the comparison.
  public static func jump(by distance: Int16, if condition: Condition) -> Self {
    Self(
      condition.opcodeBits, condition.width.jump, condition.register, condition.operand, offset: distance)
  }

  /// `gotol pc+distance`: a jump that may skip more than 32767 instructions. Linux 6.6, cpu v4.
  public static func longJump(by distance: Int32) -> Self {
    Self(Instruction(opcode: Instruction.Opcode.longJump, immediate: distance))
  }

  /// `may_goto pc+distance`: continues with the next instruction, as long as the loop has not run for too long; else
  /// jumps. Linux 6.9.
  ///
  /// The verifier accepts a loop with it that it cannot prove to end.
  public static func mayJump(by distance: Int16) -> Self {
    Self(Instruction(opcode: Instruction.Opcode.conditionalJump, offset: distance))
  }

  /// `call pc+distance`: calls a function of the program.
  ///
  /// - Parameter distance: the number of instructions between the next one and the function.
  public static func call(functionBy distance: Int32) -> Self {
    Self(
      Instruction(
        opcode: Instruction.Opcode.call, source: Instruction.Pseudo.call, immediate: distance))
  }
}
