//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension ObjectFile {
  /// Puts a program together with the functions that it reaches.
  ///
  /// The functions stand in the order in which calls of them are met, each followed by those that it calls first itself:
  /// the order in which libbpf puts them, so that both load the same instructions.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, `BPFError.Code.malformed`.
  package func linked(_ name: String) throws(BPFError) -> LinkedProgram {
    guard let program = programs[name] else {
      throw BPFError(
        .readObject, .notFound,
        "the object '\(self.name)' has no program '\(name)'; it has \(ObjectFile.list(programs.names))")
    }
    var linker = Linker(code, name: name)
    try linker.link(from: program.code)
    // It is called by the kernel only, when the program throws.
    if let callback = exceptionCallbacks[name] {
      guard let place = callbackPlace(named: callback) else {
        throw .malformedObject("the exception callback '\(callback)' of '\(name)' is no global function")
      }
      try linker.link(from: place)
    }
    return linker.program
  }

  private func callbackPlace(named name: String) -> CodePlace? {
    for (section, contents) in code.enumerated() {
      let function = contents.functions.firstIndex { $0.name == name && $0.linkage == .global }
      if let function { return CodePlace(section: section, function: function) }
    }
    return nil
  }
}

/// Appends functions to a program until every call in it has its function.
private struct Linker {
  private let code: [CodeSection]

  private(set) var program: LinkedProgram

  /// Where the functions begin that were appended already.
  private var starts: [CodePlace: Int] = [:]

  init(_ code: [CodeSection], name: String) {
    (self.code, program) = (code, LinkedProgram(name: name))
  }

  /// A function whose calls are being followed.
  private struct Visit {
    let section: Int
    /// How far its instructions moved, from their section to the program.
    let shift: Int
    /// Its references that were not looked at yet.
    var references: Range<Int>
  }

  /// Appends a function, and all that it reaches.
  mutating func link(from place: CodePlace) throws(BPFError) {
    guard starts[place] == nil else { return }
    // No recursion: how deep calls go is up to the file.
    var visits = [try append(place)]
    while var visit = visits.popLast() {
      guard let index = visit.references.first else { continue }
      visit.references.removeFirst()
      visits.append(visit)
      let placed = code[visit.section].references[index]
      switch placed.reference {
      case .call(let target), .functionAddress(let target):
        if starts[target] == nil { visits.append(try append(target)) }
        aim(placed.instruction + visit.shift, at: target)
        if case .functionAddress = placed.reference {
          program.instructions[placed.instruction + visit.shift].source = Instruction.Pseudo.functionAddress
        }
      case .map, .mapValue, .extern, .externCall: break
      }
    }
  }

  /// Has an instruction lead to a function: by the distance from the next instruction.
  private mutating func aim(_ instruction: Int, at target: CodePlace) {
    guard let start = starts[target] else { return }
    program.instructions[instruction].immediate = Int32(truncatingIfNeeded: start - instruction - 1)
  }

  private mutating func append(_ place: CodePlace) throws(BPFError) -> Visit {
    let section = code[place.section]
    let function = section.functions[place.function]
    let range = function.range
    let start = program.instructions.count
    let shift = start - range.lowerBound
    let isFirst = starts.isEmpty
    starts[place] = start
    program.instructions += section.instructions[range]
    program.functions.append(
      LinkedFunction(name: function.name, code: place, range: start..<start + range.count))

    let references = Linker.indices(of: section.references, in: range) { $0.instruction }
    for var placed in section.references[references] {
      switch placed.reference {
      case .call, .functionAddress: continue
      case .map, .mapValue, .extern, .externCall:
        placed.instruction += shift
        program.references.append(placed)
      }
    }
    for var relocation in section.coreRelocations[
      Linker.indices(of: section.coreRelocations, in: range) { $0.instruction }]
    {
      relocation.instruction += shift
      program.coreRelocations.append(relocation)
    }
    try appendInfo(of: function, in: section, shift, isFirst: isFirst)
    return Visit(section: place.section, shift: shift, references: references)
  }

  /// Appends what is known of a function. The kernel wants it of all functions or of none.
  private mutating func appendInfo(
    of function: Function, in section: CodeSection, _ shift: Int, isFirst: Bool
  ) throws(BPFError) {
    let functions = Linker.indices(of: section.functionInfo, in: function.range) { $0.instruction }
    let lines = Linker.indices(of: section.lineInfo, in: function.range) { $0.instruction }
    if isFirst || !program.functionInfo.isEmpty {
      guard isFirst || !functions.isEmpty else {
        throw .malformedObject("section '.BTF.ext' does not tell of the function '\(function.name)'")
      }
      for var info in section.functionInfo[functions] {
        info.instruction += shift
        program.functionInfo.append(info)
      }
    }
    if isFirst || !program.lineInfo.isEmpty {
      guard isFirst || !lines.isEmpty else {
        throw .malformedObject("section '.BTF.ext' tells no line of the function '\(function.name)'")
      }
      for var info in section.lineInfo[lines] {
        info.instruction += shift
        program.lineInfo.append(info)
      }
    }
  }

  /// Which of records that ascend by instruction belong to a range of these.
  private static func indices<Record>(
    of records: [Record], in range: Range<Int>, _ instruction: (Record) -> Int
  ) -> Range<Int> {
    let first = records.firstIndex(atOrAfter: range.lowerBound, by: instruction)
    return first..<records.firstIndex(atOrAfter: range.upperBound, by: instruction)
  }
}
