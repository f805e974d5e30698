//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import ELF

extension ObjectReader {
  /// Reads the initial contents of maps of maps and program arrays: pointers after the declaration of a map.
  mutating func readInitialValues() throws(BPFError) {
    guard let section = section(.declaredMaps), let layout = layout(named: section.name) else {
      return
    }
    for relocation in try elf.relocations(of: section) {
      let symbol = elf.symbols[relocation.symbol]
      guard let variable = layout.variables.last(where: { $0.byteOffset <= relocation.offset }),
        relocation.offset - variable.byteOffset <= variable.byteCount - 8,
        let map = mapIndexByOffset[section.index]?[variable.byteOffset],
        let structure = variable.variable.target?.unmodified,
        let values = structure.members.first(where: { $0.name == "values" })
      else {
        throw .malformedObject("'\(symbol.name)' is given to a map in section '.maps' that holds nothing")
      }
      let distance = relocation.offset - variable.byteOffset - values.byteOffset
      guard distance >= 0, distance % 8 == 0 else {
        throw .malformedObject("'\(symbol.name)' is given to no value of the map '\(maps[map].name)'")
      }
      maps[map].initialValues[distance / 8] = try initialValue(of: maps[map], symbol, section)
    }
  }

  private func initialValue(
    of map: MapDefinition, _ symbol: ELFFile.Symbol, _ section: ELFFile.Section
  ) throws(BPFError) -> MapDefinition.InitialValue {
    if map.type.facts.valueObject == .program {
      guard let program = program(at: symbol) else {
        throw .malformedObject("the map '\(map.name)' is given '\(symbol.name)', which is not a program")
      }
      return .program(program.name)
    }
    guard symbol.section == section.index, let held = mapIndexByOffset[section.index]?[symbol.value] else {
      throw .malformedObject("the map '\(map.name)' is given '\(symbol.name)', which is not a map")
    }
    guard map.type.facts.keys == .index || map.keySize == 4 else {
      throw .malformedObject(
        "the map '\(map.name)' is given maps by index, and has keys of \(map.keySize) bytes, not of 4")
    }
    return .map(maps[held].name)
  }
}
