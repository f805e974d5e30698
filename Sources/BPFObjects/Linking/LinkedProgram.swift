//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A program with all the functions that it reaches, one after another: what the kernel is given as one program, but for
/// the numbers that only the running kernel can tell.
package struct LinkedProgram: Sendable {
  /// The program's name.
  package let name: String

  /// The instructions. The program's own function is first; calls of functions go where these now are.
  package var instructions: [Instruction] = []

  /// The functions, in the order of their instructions.
  package var functions: [LinkedFunction] = []

  /// What instructions refer to besides functions, ascending by instruction.
  package var references: [InstructionReference] = []

  /// What depends on the kernel's types, ascending by instruction.
  package var coreRelocations: [CORERelocation] = []

  /// The types of the functions, ascending by instruction; empty if the program's own has none.
  package var functionInfo: [FunctionInfo] = []

  /// The lines of the source, ascending by instruction; empty if the program's own function has none.
  package var lineInfo: [LineInfo] = []

  /// The types or lines that are left out since not every function has them, and which does not; nil if none are.
  package var leftOut: String?
}

/// A function, and where it is in a linked program.
package struct LinkedFunction: Sendable, Hashable {
  /// Its name.
  package var name: String

  /// Where its code is in the object.
  package var code: CodeLocation

  /// Its instructions in the program.
  package var range: Range<Int>
}
