//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Assembly {
  /// Returns the instructions.
  ///
  /// They contain the descriptors of maps, which must stay open until the program is loaded. A call of a kfunc has the
  /// number 0 until then. No system call.
  ///
  /// - Throws: ``AssemblyError`` with the label that is undefined, defined twice, at the end, or too far away.
  public func instructions() throws(AssemblyError) -> [Instruction] { try assembled().instructions }

  /// The result of assembling.
  package struct Assembled: Sendable {
    package var instructions: [Instruction] = []
    /// The calls of kfuncs, ascending by instruction.
    package var kernelFunctions: [(instruction: Int, name: String)] = []
    /// The functions that are called or whose address is loaded, by their first instruction.
    package var functions: [Int: String] = [:]
    /// Whether an instruction loads the address of a function, for a callback.
    package var hasCallbacks = false
    /// Whether an instruction refers to a map's value.
    package var usesMapValues = false
  }

  package func assembled() throws(AssemblyError) -> Assembled {
    let labels = try Labels(self)
    var assembled = Assembled()
    assembled.instructions.reserveCapacity(labels.instructionCount)
    for (index, statement) in enumerated() {
      switch statement.content {
      case .label: break
      case .instruction(let instruction): assembled.instructions.append(instruction)
      case .reference(var instruction, let reference):
        let location = StatementLocation(statement: index, instruction: assembled.instructions.count)
        switch reference {
        case .jump(let label): instruction.offset = try labels.shortDistance(to: label, from: location)
        case .longJump(let label): instruction.immediate = try labels.distance(to: label, from: location)
        case .call(let label):
          instruction.immediate = try labels.distance(to: label, from: location)
          assembled.functions[location.target(instruction.immediate)] = label
        case .kernelFunction(let name): assembled.kernelFunctions.append((location.instruction, name))
        }
        assembled.instructions.append(instruction)
      case .wideLoad(let register, let operand):
        let location = StatementLocation(statement: index, instruction: assembled.instructions.count)
        assembled.instructions += try load(operand, to: register, from: location, labels)
        switch operand {
        case .mapValue: assembled.usesMapValues = true
        case .function(let label):
          assembled.functions[location.target(assembled.instructions[location.instruction].immediate)] = label
          assembled.hasCallbacks = true
        case .constant, .map: break
        }
      }
    }
    return assembled
  }

  private func load(
    _ operand: Statement.WideReference, to register: Register, from location: StatementLocation,
    _ labels: Labels
  ) throws(AssemblyError) -> [Instruction] {
    let number = register.rawValue
    return switch operand {
    case .constant(let constant): Instruction.load(constant: constant, to: register)
    case .function(let label):
      Instruction.load(
        Instruction.Pseudo.functionAddress, try labels.distance(to: label, from: location), 0, to: number)
    case .map(let map):
      Instruction.load(Instruction.Pseudo.mapDescriptor, map.descriptorNumber, 0, to: number)
    case .mapValue(let map, let offset):
      Instruction.load(
        Instruction.Pseudo.mapValue, map.descriptorNumber, Int32(bitPattern: offset), to: number)
    }
  }
}

/// The location of a statement that refers to a label.
private struct StatementLocation {
  let statement: Int
  let instruction: Int

  /// Returns the index of the instruction at a distance from the next one.
  func target(_ distance: Int32) -> Int { instruction + 1 + Int(distance) }
}

// MARK: - Labels

/// The labels of an assembly, and the instructions that they name.
private struct Labels {
  private var instructions: [String: Int] = [:]
  private(set) var instructionCount = 0

  init(_ assembly: Assembly) throws(AssemblyError) {
    for (index, statement) in assembly.enumerated() {
      if case .label(let name) = statement.content {
        if instructions.updateValue(instructionCount, forKey: name) != nil {
          throw AssemblyError(
            code: .duplicateLabel, label: name, statement: index,
            description: "statement \(index) defines the label '\(name)' a second time")
        }
      }
      instructionCount += statement.instructionCount
    }
  }

  /// Returns the number of instructions between the next one and a label.
  func distance(to label: String, from location: StatementLocation) throws(AssemblyError) -> Int32 {
    guard let target = instructions[label] else {
      let known = instructions.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw AssemblyError(
        code: .undefinedLabel, label: label, statement: location.statement,
        description: "statement \(location.statement) refers to the label '\(label)', which is not defined; "
          + (known.isEmpty ? "there are no labels" : "the labels are \(known)"))
    }
    guard target < instructionCount else {
      throw AssemblyError(
        code: .labelAtEnd, label: label, statement: location.statement,
        description:
          "statement \(location.statement) refers to the label '\(label)', which no instruction follows")
    }
    return Int32(clamping: target - location.instruction - 1)
  }

  func shortDistance(to label: String, from location: StatementLocation) throws(AssemblyError) -> Int16 {
    let distance = try distance(to: label, from: location)
    guard let short = Int16(exactly: distance) else {
      throw AssemblyError(
        code: .jumpTooFar, label: label, statement: location.statement,
        description: "the label '\(label)' is \(distance) instructions after the jump of statement "
          + "\(location.statement), which reaches from -32768 to 32767: use longJump(to:), since Linux 6.6")
    }
    return short
  }
}
