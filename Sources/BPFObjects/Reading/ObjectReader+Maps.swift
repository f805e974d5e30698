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
  /// Reads the maps that are declared in `.maps`.
  mutating func readDeclaredMaps() throws(BPFError) {
    guard let section = section(.declaredMaps) else { return }
    guard let layout = layout(named: section.name) else {
      throw .malformedObject("section '.maps' has no types: the object was compiled without '-g'")
    }
    for variable in layout.variables {
      guard variable.variable.kind == .variable, let structure = variable.variable.target?.unmodified,
        structure.kind == .structure, !variable.name.isEmpty
      else { throw .malformedObject("'\(variable.name)' in section '.maps' is not a structure with a name") }
      guard variable.linkage != .static else {
        throw .unsupportedObject("the map '\(variable.name)' is static; maps must be global")
      }
      let map = try MapDeclaration.read(structure, name: variable.name)
      place(map, in: section, at: variable.byteOffset)
    }
  }

  /// Adds a map that a variable defines.
  mutating func place(_ map: MapDefinition, in section: ELFFile.Section, at offset: Int) {
    mapIndexByOffset[section.index, default: [:]][offset] = maps.count
    maps.append(map)
  }

  /// Reads legacy maps from the section `maps`, each a `struct bpf_map_def`, as before BTF.
  mutating func readLegacyMaps() throws(BPFError) {
    guard let section = section(.legacyMaps) else { return }
    let contents = elf.contents(of: section)
    for symbol in legacyMapSymbols(in: section) {
      guard let bytes = contents.part(symbol.value, symbol.byteCount), bytes.count >= 20,
        let type = bytes.number(0, as: UInt32.self), let keySize = bytes.word(4),
        let valueSize = bytes.word(8), let maxEntries = bytes.word(12),
        let flags = bytes.number(16, as: UInt32.self)
      else { throw .malformedObject("the map '\(symbol.name)' in section 'maps' has less than 20 bytes") }
      // Other loaders used longer structures; only nonzero extra fields matter.
      guard bytes.slice.dropFirst(20).allSatisfy({ $0 == 0 }) else {
        throw .unsupportedObject(
          "the map '\(symbol.name)' in section 'maps' is more than a 'struct bpf_map_def'; use '.maps'")
      }
      var map = MapDefinition(
        name: symbol.name, kind: .legacy, type: MapType(rawValue: type), keySize: keySize,
        valueSize: valueSize, maxEntries: maxEntries, flags: MapCreateFlags(rawValue: flags))
      readLegacyTypes(of: &map)
      place(map, in: section, at: symbol.value)
    }
  }

  /// Returns the symbols of legacy maps, ascending by offset. Older compilers omit type and size: each symbol then
  /// extends to the next.
  private func legacyMapSymbols(in section: ELFFile.Section) -> [ELFFile.Symbol] {
    let symbols = elf.symbols.filter {
      $0.section == section.index && $0.binding != .local && ($0.kind == .object || $0.kind == .none)
    }
    return symbols.ascending.reachingToNext(in: section)
  }

  /// Finds the key and value types of a legacy map, in a structure that a macro defined for it.
  private func readLegacyTypes(of map: inout MapDefinition) {
    guard let pair = types?.find(.structure, named: "____btf_map_\(map.name)") else { return }
    guard pair.members.count == 2 else { return }
    let members = Array(pair.members)
    guard members[0].name == "key", members[1].name == "value",
      members[0].type.byteCount == map.keySize, members[1].type.byteCount == map.valueSize
    else { return }
    (map.keyTypeID, map.valueTypeID) = (members[0].type.id, members[1].type.id)
  }
}

// MARK: - Global data

extension ObjectReader {
  /// Creates a map for each section of global variables.
  mutating func readGlobalData() throws(BPFError) {
    for index in roles.indices {
      guard case .globalData(let kind) = roles[index] else { continue }
      let section = elf.sections[index]
      try checkSize(of: section)
      var map = MapDefinition(
        name: section.name, kind: kind, type: .array, keySize: 4, valueSize: section.byteCount, maxEntries: 1,
        flags: kind == .readOnlyData ? .readOnlyProgram : [])
      map.contents = Array(elf.contents(of: section).slice)
      if let layout = layout(named: section.name) {
        map.valueTypeID = layout.typeID
        // User space may also access non-static variables.
        if layout.variables.contains(where: { $0.linkage != .static && !$0.isHidden }) {
          map.flags.insert(.mmapable)
        }
      }
      dataMaps[section.index] = maps.count
      maps.append(map)
    }
    try readArenaData()
  }

  /// Assigns the arena variables to the object's only arena.
  private mutating func readArenaData() throws(BPFError) {
    guard let section = section(.arenaData) else { return }
    try checkSize(of: section)
    let arenas = maps.indices.filter { maps[$0].type == .arena }
    guard let arena = arenas.first, arenas.count == 1 else {
      throw .malformedObject("there are variables in an arena, and \(arenas.count) arenas; there must be one")
    }
    maps[arena].contents = Array(elf.contents(of: section).slice)
    dataMaps[section.index] = arena
  }

  private func checkSize(of section: ELFFile.Section) throws(BPFError) {
    guard section.byteCount <= Int(Int32.max) else {
      throw .unsupportedObject("section '\(section.name)' is too large for a map: \(section.byteCount) bytes")
    }
  }
}

// MARK: - Variables

extension ObjectReader {
  /// Lists the variables of data maps, from BTF or else from symbols.
  mutating func readVariables() {
    for (index, map) in dataMaps.entries {
      guard let section = elf.section(index) else { continue }
      let (name, isReadOnly) = (maps[map].name, maps[map].kind == .readOnlyData)
      if let layout = layout(named: section.name) {
        for variable in layout.variables where variable.variable.kind == .variable {
          variables.append(
            VariableDefinition(
              name: variable.name, mapName: name, offset: variable.byteOffset, size: variable.byteCount,
              type: variable.variable.target, isReadOnly: isReadOnly, isStatic: variable.linkage == .static,
              isWeak: variable.isWeak, isHidden: variable.isHidden))
        }
      } else {
        let symbols = elf.symbols.filter {
          $0.section == index && $0.kind == .object && !$0.name.isEmpty && $0.value <= section.byteCount
            && $0.byteCount <= section.byteCount - $0.value
        }
        for symbol in symbols.sorted(by: { $0.value < $1.value }) {
          variables.append(
            VariableDefinition(
              name: symbol.name, mapName: name, offset: symbol.value, size: symbol.byteCount, type: nil,
              isReadOnly: isReadOnly, isStatic: symbol.binding == .local, isWeak: symbol.binding == .weak,
              isHidden: symbol.isHidden))
        }
      }
    }
  }
}
