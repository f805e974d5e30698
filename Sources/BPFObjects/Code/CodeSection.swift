//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A section of instructions with its functions, references and records.
package struct CodeSection: Sendable {
  /// The section's name, with its `?` if it has one.
  package let name: String

  /// The section's number in the file.
  package let fileIndex: Int

  /// The instructions.
  package let instructions: InstructionList

  /// The functions, ascending by start.
  package var functions: [Function]

  /// The references, ascending by instruction.
  package var references: [InstructionReference] = []

  /// The types of the functions, ascending by instruction.
  package var functionInfo = ExtensionRecords<FunctionInfo>()

  /// The lines of the source, ascending by instruction.
  package var lineInfo = ExtensionRecords<LineInfo>()

  /// The CO-RE relocations, ascending by instruction.
  package var coreRelocations = ExtensionRecords<CORERelocation>()
}

extension CodeSection {
  /// Assigns each function its records, once all are read.
  mutating func assignRecords() {
    var (references, types) = (RecordCursor(self.references.count), RecordCursor(functionInfo.count))
    var (lines, relocations) = (RecordCursor(lineInfo.count), RecordCursor(coreRelocations.count))
    for index in functions.indices {
      let range = functions[index].range
      functions[index].records = Function.Records(
        references: references.records(in: range) { self.references[$0].instruction },
        functionInfo: types.records(in: range, by: functionInfo.instruction),
        lineInfo: lines.records(in: range, by: lineInfo.instruction),
        coreRelocations: relocations.records(in: range, by: coreRelocations.instruction))
    }
  }
}

/// Finds the records of successive functions. Functions and records ascend, so each record is visited once.
private struct RecordCursor {
  private let count: Int
  private var function = 0..<0
  private var found = 0..<0

  init(_ count: Int) { self.count = count }

  /// Returns the indices of the records within a function.
  mutating func records(in function: Range<Int>, by instruction: (Int) -> Int) -> Range<Int> {
    // Two names may alias a function.
    guard function != self.function else { return found }
    var start = found.upperBound
    while start < count, instruction(start) < function.lowerBound { start += 1 }
    var end = start
    while end < count, instruction(end) < function.upperBound { end += 1 }
    (self.function, found) = (function, start..<end)
    return found
  }
}

/// A function.
package struct Function: Sendable, Hashable {
  /// The name.
  package var name: String

  /// Its instructions in the section.
  package var range: Range<Int>

  /// Its linkage.
  package var linkage: Linkage

  /// Whether the definition is weak.
  package var isWeak: Bool

  /// The indices of its records in the section.
  package var records = Records()

  /// The index ranges of a function's records in the lists of its section.
  package struct Records: Sendable, Hashable {
    package var references = 0..<0
    package var functionInfo = 0..<0
    package var lineInfo = 0..<0
    package var coreRelocations = 0..<0
  }

  /// The linkage of a function.
  package enum Linkage: Sendable, Hashable {
    /// Static: the verifier checks it at each call.
    case `static`
    /// Hidden: global in the object, static for the verifier.
    case hidden
    /// Global: the verifier checks it once, by its prototype.
    case global
  }
}

/// The location of a function's code.
package struct CodeLocation: Sendable, Hashable {
  /// The index of the section in `ObjectFile.code`.
  package var section: Int

  /// The index of the function in the section's functions.
  package var function: Int
}

/// The type of a function. `struct bpf_func_info`.
package struct FunctionInfo: Sendable, Hashable {
  /// The start of the function.
  package var instruction: Int

  /// The BTF id of the function.
  package var typeID: Int
}

/// The line of the source that instructions come from. `struct bpf_line_info`.
package struct LineInfo: Sendable, Hashable {
  /// The first of the instructions.
  package var instruction: Int

  /// The offset of the file's name in the BTF strings.
  package var fileNameOffset: Int

  /// The offset of the line's text in the BTF strings.
  package var textOffset: Int

  /// The number of the line; 0 if not known.
  package var line: Int

  /// The number of the column; 0 if not known.
  package var column: Int
}
