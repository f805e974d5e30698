//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A statement of an Assembly: an instruction, a label, or an instruction that refers to a label, a map or a kfunc.
public struct Statement: Sendable, InstructionConvertible {
  let content: Content

  enum Content: Sendable {
    case instruction(Instruction)
    case label(String)
    case reference(Instruction, Reference)
    case wideLoad(Register, WideReference)
  }

  /// What an instruction refers to.
  enum Reference: Sendable {
    /// A jump to a label, with a distance of 16 bits.
    case jump(String)
    /// A jump to a label, with a distance of 32 bits.
    case longJump(String)
    /// A call of the function that begins at a label.
    case call(String)
    case kernelFunction(String)
  }

  /// The operand of a 64-bit load.
  enum WideReference: Sendable {
    case constant(UInt64)
    case function(String)
    case map(any ReferencedMap)
    case mapValue(any ReferencedMap, offset: UInt32)
  }

  private init(_ content: Content) { self.content = content }

  /// Creates a statement from an instruction.
  public init(_ instruction: Instruction) { content = .instruction(instruction) }

  /// The number of instructions: 0 for a label, 2 for a 64-bit load, else 1.
  public var instructionCount: Int {
    switch content {
    case .label: 0
    case .instruction, .reference: 1
    case .wideLoad: 2
    }
  }
}

/// A map whose descriptor an instruction contains. The statement keeps it open.
package protocol ReferencedMap: Sendable {
  var descriptorNumber: Int32 { get }
}

// MARK: - Labels

extension Statement {
  /// Names the next instruction, for jumps and calls.
  public static func label(_ name: String) -> Statement { Statement(.label(name)) }

  /// Jumps to a label, at most 32768 instructions away.
  ///
  /// - Parameters:
  ///   - label: the label.
  ///   - condition: the comparison; nil to jump always.
  public static func jump(to label: String, if condition: Condition? = nil) -> Statement {
    let instruction: Instruction = condition.map { .jump(by: 0, if: $0) } ?? .jump(by: 0)
    return Statement(.reference(instruction, .jump(label)))
  }

  /// Jumps to a label at any distance. Linux 6.6, cpu v4.
  public static func longJump(to label: String) -> Statement {
    Statement(.reference(.longJump(by: 0), .longJump(label)))
  }

  /// Continues with the next instruction, as long as the loop has not run for too long; else jumps to a label.
  /// Linux 6.9. See ``InstructionConvertible/mayJump(by:)``.
  public static func mayJump(to label: String) -> Statement {
    Statement(.reference(.mayJump(by: 0), .jump(label)))
  }

  /// Calls the function of the program that begins at a label, with arguments in `r1` to `r5` and the result in `r0`.
  /// Linux 4.16.
  public static func call(function label: String) -> Statement {
    Statement(.reference(.call(functionBy: 0), .call(label)))
  }

  /// Loads the address of the function that begins at a label, as the callback of a helper. Linux 5.13.
  public static func load(function label: String, to register: Register) -> Statement {
    Statement(.wideLoad(register, .function(label)))
  }
}

// MARK: - Kernel functions and constants

extension Statement {
  /// Calls a kfunc by its name, with arguments in `r1` to `r5` and the result in `r0`. Linux 5.13, in modules 5.16.
  ///
  /// Loading the program finds the function in the types (BTF) of the kernel and its modules.
  public static func call(kernelFunction name: String) -> Statement {
    let call = Instruction(
      opcode: Instruction.Opcode.call, source: Instruction.Pseudo.kernelFunctionCall)
    return Statement(.reference(call, .kernelFunction(name)))
  }

  /// `register = constant`, for a constant of 64 bits. It takes two instructions.
  public static func load(constant: UInt64, to register: Register) -> Statement {
    Statement(.wideLoad(register, .constant(constant)))
  }

  /// `register = map`, for a helper. It takes two instructions.
  package static func load(referenced map: any ReferencedMap, to register: Register) -> Statement {
    Statement(.wideLoad(register, .map(map)))
  }

  /// `register = address of the map's first value + offset`. It takes two instructions.
  package static func load(
    valueOf map: any ReferencedMap, offset: UInt32, to register: Register
  ) -> Statement {
    Statement(.wideLoad(register, .mapValue(map, offset: offset)))
  }
}
