//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import ELF

extension ObjectReader {
  /// Reads the references of instructions.
  mutating func readReferences() throws(BPFError) {
    for index in code.indices {
      guard let section = elf.section(code[index].fileIndex) else { continue }
      let relocations = try elf.relocations(of: section).sorted { $0.offset < $1.offset }
      var references: [InstructionReference] = []
      references.reserveCapacity(relocations.count)
      var functions = code[index].functions[...]
      for relocation in relocations {
        let instruction = relocation.offset / Instruction.fileByteCount
        while let function = functions.first, function.range.upperBound <= instruction {
          functions.removeFirst()
        }
        // References outside functions belong to weak functions that were overridden.
        guard functions.first?.range.contains(instruction) == true else { continue }
        let symbol = elf.symbols[relocation.symbol]
        guard relocation.offset % Instruction.fileByteCount == 0 else {
          throw refusal(index, instruction, symbol, "is not at the beginning of an instruction")
        }
        references.append(
          InstructionReference(instruction: instruction, reference: try reference(index, instruction, symbol))
        )
      }
      code[index].references = try withCalls(index, references)
    }
  }

  private func refusal(
    _ section: Int, _ instruction: Int, _ symbol: ELFFile.Symbol, _ reason: String
  ) -> BPFError {
    let target = symbol.name.isEmpty ? elf.section(symbol.section)?.name ?? "" : symbol.name
    return .malformedObject(
      "instruction \(instruction) of section '\(code[section].name)': the reference to '\(target)' \(reason)")
  }

  private func reference(
    _ section: Int, _ index: Int, _ symbol: ELFFile.Symbol
  ) throws(BPFError) -> Reference {
    let instruction = code[section].instructions[index]
    guard instruction.isCall || instruction.isWideLoad && index + 1 < code[section].instructions.count else {
      throw refusal(section, index, symbol, "is not in a call or a 64-bit load")
    }
    if symbol.isExternal {
      return instruction.isCall ? .externCall(symbol.name) : .extern(symbol.name)
    }
    guard let target = elf.section(symbol.section), symbol.value <= target.byteCount else {
      throw refusal(section, index, symbol, "does not point into a section")
    }
    // The addend in the instruction: static functions are relocated against their section symbol.
    let addend = Int(instruction.immediate) &- (elf.repeatsSymbolValues ? symbol.value : 0)
    if instruction.isCall {
      guard instruction.isFunctionCall, let place = place(of: target, symbol.value, addend + 1) else {
        throw refusal(section, index, symbol, "does not call the beginning of a function")
      }
      return .call(place)
    }
    if codeIndex[target.index] != nil {
      guard addend % Instruction.fileByteCount == 0,
        let place = place(of: target, symbol.value, addend / Instruction.fileByteCount)
      else { throw refusal(section, index, symbol, "does not point to the beginning of a function") }
      return .functionAddress(place)
    }
    if let map = dataMaps[target.index] {
      return .mapValue(maps[map].name, offset: UInt32(truncatingIfNeeded: symbol.value &+ addend))
    }
    if let map = mapIndexByOffset[target.index]?[symbol.value &+ addend] { return .map(maps[map].name) }
    if roles[target.index] == .jumpTables {
      throw .unsupportedObject(
        "instruction \(index) of section '\(code[section].name)' loads an address of '\(target.name)': jumps by "
          + "tables (gotox), which take maps of the type insn_array, are not supported")
    }
    throw refusal(section, index, symbol, "does not point to a map, a variable or a function")
  }

  /// Returns the function at an instruction distance from a section offset.
  private func place(of section: ELFFile.Section, _ offset: Int, _ distance: Int) -> CodeLocation? {
    guard let index = codeIndex[section.index], offset % Instruction.fileByteCount == 0,
      let function = code[index].function(at: offset / Instruction.fileByteCount + distance)
    else { return nil }
    return CodeLocation(section: index, function: function)
  }

  /// Adds calls within a section that the assembler resolved without a relocation.
  private func withCalls(
    _ section: Int, _ references: [InstructionReference]
  ) throws(BPFError) -> [InstructionReference] {
    let instructions = code[section].instructions
    var calls: [InstructionReference] = []
    var (next, index) = (0, 0)
    for function in code[section].functions {
      // Two names may alias a function.
      index = max(index, function.range.lowerBound)
      while index < function.range.upperBound {
        let opcode = instructions.opcode(at: index)
        let isWideLoad = opcode == Instruction.Opcode.wideLoad
        defer { index += isWideLoad ? 2 : 1 }
        guard !isWideLoad || index + 1 < function.range.upperBound else {
          throw .malformedObject("the function '\(function.name)' ends within a 64-bit load")
        }
        guard opcode == Instruction.Opcode.call else { continue }
        while next < references.count, references[next].instruction < index { next += 1 }
        let instruction = instructions[index]
        guard instruction.isFunctionCall,
          next == references.count || references[next].instruction != index
        else { continue }
        guard let target = code[section].function(at: index + 1 + Int(instruction.immediate)) else {
          throw .malformedObject(
            "instruction \(index) of section '\(code[section].name)' calls something that is not a function")
        }
        let place = CodeLocation(section: section, function: target)
        calls.append(InstructionReference(instruction: index, reference: .call(place)))
      }
    }
    guard !calls.isEmpty else { return references }
    return (references + calls).sorted { $0.instruction < $1.instruction }
  }
}
