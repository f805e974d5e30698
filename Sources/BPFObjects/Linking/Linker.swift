//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
package import BPFSyscall

extension ObjectFile {
  /// Links a program with the functions that it reaches.
  ///
  /// Functions are ordered by their first call, each followed by its own callees: libbpf's order, so both load the
  /// same instructions.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, `BPFError.Code.malformed`.
  package func linked(_ name: String) throws(BPFError) -> LinkedProgram {
    guard let program = programs[name] else {
      throw BPFError(
        .readObject, .notFound,
        "the object '\(self.name)' has no program '\(name)'; it has \(ObjectFile.list(programs.names))")
    }
    var linker = Linker(code)
    return try linked(program, by: &linker)
  }

  /// Links one of the object's programs with the given linker.
  func linked(_ program: ProgramDefinition, by linker: inout Linker) throws(BPFError) -> LinkedProgram {
    linker.begin()
    linker.add(program.code)
    // The kernel calls it when the program throws.
    if let callback = exceptionCallbacks[program.name] {
      guard let location = callbackLocation(named: callback) else {
        throw .malformedObject(
          "the exception callback '\(callback)' of '\(program.name)' is not a global function")
      }
      linker.add(location)
    }
    return linker.program(named: program.name)
  }

  private func callbackLocation(named name: String) -> CodeLocation? {
    for (section, contents) in code.enumerated() {
      let function = contents.functions.firstIndex { $0.name == name && $0.linkage == .global }
      if let function { return CodeLocation(section: section, function: function) }
    }
    return nil
  }
}

/// Collects the functions of a program and concatenates them. Reusable for several programs, to keep its memory.
struct Linker {
  private let code: [CodeSection]

  /// The functions found so far.
  private var parts: [Part] = []

  /// The start of each function in the program, by section and function index; nil if not added.
  private var starts: [[Int?]]

  private var instructionCount = 0

  init(_ code: [CodeSection]) {
    self.code = code
    starts = code.map { [Int?](repeating: nil, count: $0.functions.count) }
  }

  /// A function in the program.
  private struct Part {
    let location: CodeLocation
    /// Where it begins.
    let start: Int
    /// Its instructions in its section.
    let range: Range<Int>
    let records: Function.Records

    /// The distance that its instructions move from section to program.
    var shift: Int { start - range.lowerBound }
  }
}

// MARK: - Finding

extension Linker {
  /// Removes the functions of the previous program.
  mutating func begin() {
    for part in parts { starts[part.location.section][part.location.function] = nil }
    parts.removeAll(keepingCapacity: true)
    instructionCount = 0
  }

  /// Adds a function and all functions it reaches.
  mutating func add(_ location: CodeLocation) {
    guard start(of: location) == nil else { return }
    // No recursion, since the call depth of a file is untrusted.
    var visits = [visit(location)]
    while var visit = visits.popLast() {
      guard let index = visit.references.popFirst() else { continue }
      visits.append(visit)
      switch code[visit.section].references[index].reference {
      case .call(let target), .functionAddress(let target):
        if start(of: target) == nil { visits.append(self.visit(target)) }
      case .map, .mapValue, .extern, .externCall: break
      }
    }
  }

  private func start(of location: CodeLocation) -> Int? { starts[location.section][location.function] }

  /// A function whose calls are being followed.
  private struct Visit {
    let section: Int
    /// Its remaining references.
    var references: Range<Int>
  }

  /// Adds a single function.
  private mutating func visit(_ location: CodeLocation) -> Visit {
    let (range, records) = (
      code[location.section].functions[location.function].range,
      code[location.section].functions[location.function].records
    )
    parts.append(Part(location: location, start: instructionCount, range: range, records: records))
    starts[location.section][location.function] = instructionCount
    instructionCount += range.count
    return Visit(section: location.section, references: records.references)
  }
}

// MARK: - Concatenation

extension Linker {
  /// Concatenates the functions.
  func program(named name: String) -> LinkedProgram {
    var program = LinkedProgram(name: name)
    program.instructions.reserveCapacity(instructionCount)
    program.functions.reserveCapacity(parts.count)
    program.references.reserveCapacity(parts.reduce(0) { $0 + $1.records.references.count })
    program.coreRelocations.reserveCapacity(parts.reduce(0) { $0 + $1.records.coreRelocations.count })
    for part in parts { append(part, to: &program) }
    appendFunctionInfo(to: &program)
    appendLineInfo(to: &program)
    return program
  }

  private func append(_ part: Part, to program: inout LinkedProgram) {
    let section = code[part.location.section]
    program.instructions += section.instructions[part.range]
    program.functions.append(
      LinkedFunction(
        name: section.functions[part.location.function].name, code: part.location,
        range: part.start..<part.start + part.range.count))
    for var placed in section.references[part.records.references] {
      placed.instruction += part.shift
      switch placed.reference {
      case .call(let target): aim(placed.instruction, at: target, &program)
      case .functionAddress(let target):
        aim(placed.instruction, at: target, &program)
        program.instructions[placed.instruction].source = Instruction.Pseudo.functionAddress
      case .map, .mapValue, .extern, .externCall: program.references.append(placed)
      }
    }
    for var relocation in section.coreRelocations[part.records.coreRelocations] {
      relocation.instruction += part.shift
      program.coreRelocations.append(relocation)
    }
  }

  /// Sets an instruction's target to a function, as the distance from the next instruction.
  private func aim(_ instruction: Int, at target: CodeLocation, _ program: inout LinkedProgram) {
    guard let start = start(of: target) else { return }
    program.instructions[instruction].immediate = Int32(truncatingIfNeeded: start - instruction - 1)
  }

  /// Appends function information. The kernel requires it for all functions or none: it is omitted if a function,
  /// such as one in assembly, has none.
  private func appendFunctionInfo(to program: inout LinkedProgram) {
    guard let first = parts.first, !first.records.functionInfo.isEmpty else { return }
    if let part = parts.first(where: { $0.records.functionInfo.isEmpty }) {
      program.leftOut = "the types of its functions: '\(name(of: part))' has none"
      return
    }
    program.functionInfo.reserveCapacity(parts.reduce(0) { $0 + $1.records.functionInfo.count })
    for part in parts {
      for var info in code[part.location.section].functionInfo[part.records.functionInfo] {
        info.instruction += part.shift
        program.functionInfo.append(info)
      }
    }
  }

  /// Appends line information. The kernel requires it for all functions or none: it is omitted if a function has
  /// none.
  private func appendLineInfo(to program: inout LinkedProgram) {
    guard let first = parts.first, !first.records.lineInfo.isEmpty else { return }
    if let part = parts.first(where: { $0.records.lineInfo.isEmpty }) {
      program.leftOut = program.leftOut ?? "the lines of its source: '\(name(of: part))' has none"
      return
    }
    program.lineInfo.reserveCapacity(parts.reduce(0) { $0 + $1.records.lineInfo.count })
    for part in parts {
      for var info in code[part.location.section].lineInfo[part.records.lineInfo] {
        info.instruction += part.shift
        program.lineInfo.append(info)
      }
    }
  }

  private func name(of part: Part) -> String {
    code[part.location.section].functions[part.location.function].name
  }
}
