//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import ELF

extension ObjectReader {
  /// Reads the sections of instructions, and the functions and programs in them.
  mutating func readCode() throws(BPFError) {
    var symbols = [[ELFFile.Symbol]](repeating: [], count: elf.sections.count)
    for symbol in elf.symbols where symbols.indices.contains(symbol.section) && symbol.mayBeFunction {
      symbols[symbol.section].append(symbol)
    }
    for section in sections(.code) {
      guard let instructions = InstructionList(elf.contents(of: section).copy) else {
        throw .malformedObject("section '\(section.name)' ends within an instruction")
      }
      let functions = try functions(in: section, functionSymbols(symbols[section.index], in: section))
      codeIndex[section.index] = code.count
      // Functions in `.text` are subprograms.
      if section.name != ".text" {
        try refuseCodeWithoutProgram(section, functions)
        let match = SectionConvention.match(section.name)
        for (index, function) in functions.enumerated() where function.linkage != .static {
          programs.append(
            ProgramDefinition(
              name: function.name, match,
              code: CodeLocation(section: code.count, function: index)))
        }
      }
      code.append(
        CodeSection(
          name: section.name, fileIndex: section.index, instructions: instructions, functions: functions))
    }
  }

  /// Returns the symbols of a section's functions, each with its size.
  ///
  /// Symbols from older compilers, and from assemblers without `.type`, lack a type or size. Such a symbol is a
  /// function unless it lies within another, as a label does.
  private func functionSymbols(
    _ symbols: [ELFFile.Symbol], in section: ELFFile.Section
  ) -> [ELFFile.Symbol] {
    guard symbols.contains(where: { $0.kind == .none || $0.byteCount == 0 }) else { return symbols }
    var functions: [ELFFile.Symbol] = []
    var end = 0
    for symbol in symbols.ascending {
      if symbol.kind == .function {
        end = max(end, symbol.value &+ symbol.byteCount)
      } else if symbol.value < end {
        continue
      }
      functions.append(symbol)
    }
    return functions.reachingToNext(in: section)
  }

  /// Throws if a program section has no programs: its code would be ignored silently.
  private func refuseCodeWithoutProgram(
    _ section: ELFFile.Section, _ functions: [Function]
  ) throws(BPFError) {
    guard functions.allSatisfy({ $0.linkage == .static }) else { return }
    throw .unsupportedObject(
      functions.first.map {
        "section '\(section.name)': the program '\($0.name)' is static; programs must be global: remove 'static'"
      }
        ?? "section '\(section.name)' has code, and no global symbol that would name its program: give the program a "
        + "name (in assembly '.globl NAME')")
  }

  private func functions(
    in section: ELFFile.Section, _ symbols: [ELFFile.Symbol]
  ) throws(BPFError) -> [Function] {
    var functions: [Function] = []
    for symbol in symbols {
      let (start, size) = (symbol.value, symbol.byteCount)
      guard size > 0, start % Instruction.fileByteCount == 0, size % Instruction.fileByteCount == 0,
        start <= section.byteCount, size <= section.byteCount - start
      else {
        throw .malformedObject(
          "the function '\(symbol.name)' does not consist of whole instructions in section '\(section.name)' "
            + "(\(size) bytes at \(start) of \(section.byteCount))")
      }
      let first = start / Instruction.fileByteCount
      functions.append(
        Function(
          name: symbol.name, range: first..<first + size / Instruction.fileByteCount,
          linkage: symbol.binding == .local ? .static : symbol.isHidden ? .hidden : .global,
          isWeak: symbol.binding == .weak))
    }
    functions.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (before, function) in zip(functions, functions.dropFirst())
    where function.range != before.range && function.range.lowerBound < before.range.upperBound {
      throw .malformedObject(
        "the functions '\(before.name)' and '\(function.name)' share a part of section '\(section.name)'")
    }
    return functions
  }
}

extension ELFFile.Symbol {
  /// Whether the symbol is a function if its section contains code.
  fileprivate var mayBeFunction: Bool {
    kind == .function || kind == .none && binding != .local && !name.isEmpty
  }
}

extension [ELFFile.Symbol] {
  /// Sorts symbols by offset, typed ones first.
  var ascending: [ELFFile.Symbol] {
    sorted { ($0.value, $1.kind.rawValue) < ($1.value, $0.kind.rawValue) }
  }

  /// Completes missing sizes of sorted symbols: up to the next symbol.
  func reachingToNext(in section: ELFFile.Section) -> [ELFFile.Symbol] {
    var symbols = self
    var (next, start) = (section.byteCount, section.byteCount)
    for index in symbols.indices.reversed() {
      if symbols[index].value != start { (next, start) = (start, symbols[index].value) }
      if symbols[index].byteCount == 0 { symbols[index].byteCount = Swift.max(0, next - start) }
    }
    return symbols
  }
}

extension CodeSection {
  /// Returns the index of the function that starts at an instruction.
  func function(at instruction: Int) -> Int? {
    // Iterates by index, since iterating over functions copies them.
    let index = functions.indices.firstIndex(atOrAfter: instruction) { functions[$0].range.lowerBound }
    return index < functions.count && functions[index].range.lowerBound == instruction ? index : nil
  }
}

extension RandomAccessCollection where Index == Int {
  /// Returns the index of the first element whose key is not less than the given one. The elements must ascend by
  /// key.
  func firstIndex(atOrAfter wanted: Int, by key: (Element) -> Int) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if key(self[middle]) < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
