//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFInstructions

/// A program linked with all functions it reaches, as one list of instructions. References are still unresolved.
package struct LinkedProgram: Sendable {
  /// The program's name.
  package let name: String

  /// The instructions. The program's own function is first; calls of subprograms are resolved.
  package var instructions: [Instruction] = []

  /// The functions, in the order of their instructions.
  package var functions: [LinkedFunction] = []

  /// The references other than to functions, ascending by instruction.
  package var references: [InstructionReference] = []

  /// The CO-RE relocations, ascending by instruction.
  package var coreRelocations: [CORERelocation] = []

  /// The types of the functions, ascending by instruction; empty if the program's own has none.
  package var functionInfo: [FunctionInfo] = []

  /// The lines of the source, ascending by instruction; empty if the program's own function has none.
  package var lineInfo: [LineInfo] = []

  /// The omitted function or line information, with the function that lacks it; nil if complete.
  package var leftOut: String?
}

/// A function of a linked program.
package struct LinkedFunction: Sendable, Hashable {
  /// Its name.
  package var name: String

  /// The location of its code in the object.
  package var code: CodeLocation

  /// Its instructions in the program.
  package var range: Range<Int>
}
