//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The instructions of a section, and all that is known of them.
package struct CodeSection: Sendable {
  /// The section's name, with its `?` if it has one.
  package let name: String

  /// The section's number in the file.
  package let fileIndex: Int

  /// The instructions.
  package let instructions: InstructionList

  /// The functions, ascending by where they begin.
  package var functions: [Function]

  /// What instructions refer to, ascending by instruction.
  package var references: [InstructionReference] = []

  /// The types of the functions, ascending by instruction.
  package var functionInfo = ExtensionRecords<FunctionInfo>()

  /// The lines of the source, ascending by instruction.
  package var lineInfo = ExtensionRecords<LineInfo>()

  /// What depends on the kernel's types, ascending by instruction.
  package var coreRelocations = ExtensionRecords<CORERelocation>()
}

extension CodeSection {
  /// Has each function know its records, when all are there.
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

/// Finds the records of one function after the other. Functions and records both ascend, so each record is passed once.
private struct RecordCursor {
  private let count: Int
  private var function = 0..<0
  private var found = 0..<0

  init(_ count: Int) { self.count = count }

  /// The indices of the records whose instructions are those of a function.
  mutating func records(in function: Range<Int>, by instruction: (Int) -> Int) -> Range<Int> {
    // A function may have two names.
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

  /// Who sees it.
  package var linkage: Linkage

  /// Whether another object may define it too.
  package var isWeak: Bool

  /// Which of its section's records are about it.
  package var records = Records()

  /// Which of a section's records are about a function, by their places in its lists.
  package struct Records: Sendable, Hashable {
    package var references = 0..<0
    package var functionInfo = 0..<0
    package var lineInfo = 0..<0
    package var coreRelocations = 0..<0
  }

  /// Who sees a function.
  package enum Linkage: Sendable, Hashable {
    /// Its own source. The verifier looks at it anew at each call.
    case `static`
    /// The object, and the verifier as if it were static: global and hidden.
    case hidden
    /// Everybody. The verifier looks at it once, by its prototype.
    case global
  }
}

/// Where the code of a function is.
package struct CodeLocation: Sendable, Hashable {
  /// The index of the section in `ObjectFile.code`.
  package var section: Int

  /// The index of the function in the section's functions.
  package var function: Int
}

/// The type of a function. `struct bpf_func_info`.
package struct FunctionInfo: Sendable, Hashable {
  /// Where the function begins.
  package var instruction: Int

  /// The function, in the object's types.
  package var typeID: Int
}

/// The line of the source that instructions come from. `struct bpf_line_info`.
package struct LineInfo: Sendable, Hashable {
  /// The first of the instructions.
  package var instruction: Int

  /// The name of the file, by its place among the names of the object's types.
  package var fileNameOffset: Int

  /// The text of the line, by its place among the names of the object's types.
  package var textOffset: Int

  /// The number of the line; 0 if not known.
  package var line: Int

  /// The number of the column; 0 if not known.
  package var column: Int
}
