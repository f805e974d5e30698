//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import ELF

extension ObjectReader {
  /// Creates a map for each struct_ops implementation.
  mutating func readStructOps() throws(BPFError) {
    for section in sections(.structOps) {
      guard let layout = layout(named: section.name) else {
        throw .malformedObject("section '\(section.name)' has no types: the object was compiled without '-g'")
      }
      let contents = elf.contents(of: section)
      for variable in layout.variables {
        guard let structure = variable.variable.target?.unmodified, structure.kind == .structure,
          let size = structure.byteCount, let bytes = contents.part(variable.byteOffset, size),
          !structure.name.isEmpty
        else {
          throw .malformedObject("'\(variable.name)' in section '\(section.name)' is not a named structure")
        }
        var map = MapDefinition(
          name: variable.name, kind: .structOps, type: .structOps, keySize: 4, valueSize: size, maxEntries: 1,
          flags: section.name.hasSuffix(".link") ? .link : [])
        map.valueTypeID = structure.id
        map.contents = Array(bytes.slice)
        map.operations = MapDefinition.Operations(
          typeName: structure.name, typeID: structure.id, programs: [:])
        map.isCreated = !section.name.hasPrefix("?")
        place(map, in: section, at: variable.byteOffset)
      }
    }
  }

  /// Reads the programs that implement the operations.
  mutating func readOperations() throws(BPFError) {
    for section in sections(.structOps) {
      for relocation in try elf.relocations(of: section) {
        let symbol = elf.symbols[relocation.symbol]
        let found = mapIndexByOffset[section.index]?.first { offset, map in
          offset <= relocation.offset && relocation.offset < offset + maps[map].valueSize
        }
        guard let (offset, map) = found, let operations = maps[map].operations,
          let member = types?[operations.typeID]?.members.first(where: {
            $0.bitOffset == (relocation.offset - offset) * 8
          }), ObjectReader.isFunctionPointer(member.type)
        else {
          throw .malformedObject(
            "offset \(relocation.offset) of section '\(section.name)' is given '\(symbol.name)', and is not a "
              + "pointer to a function")
        }
        guard let program = program(at: symbol), program.type == .structOps else {
          throw .malformedObject(
            "'\(maps[map].name)' has for '\(member.name)' '\(symbol.name)', which is not a program of a "
              + "section 'struct_ops'")
        }
        maps[map].operations?.programs[member.name] = program.name
      }
    }
  }

  private static func isFunctionPointer(_ type: BTFType) -> Bool {
    guard let pointer = type.unmodified, pointer.kind == .pointer else { return false }
    return pointer.target?.unmodified?.kind == .functionPrototype
  }

  /// Returns the program that a symbol refers to.
  func program(at symbol: ELFFile.Symbol) -> ProgramDefinition? {
    guard let section = codeIndex[symbol.section], symbol.value % Instruction.fileByteCount == 0,
      let function = code[section].function(at: symbol.value / Instruction.fileByteCount)
    else { return nil }
    let place = CodeLocation(section: section, function: function)
    return programs.first { $0.code == place }
  }
}
