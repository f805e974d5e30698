//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import ELF

extension ObjectReader {
  /// Reads the layouts of data sections.
  mutating func readLayouts() throws(BPFError) {
    guard let types else { return }
    // Global variables are found by name in the symbol table. gcc leaves the offsets of static variables open, too.
    var symbols: [String: ELFFile.Symbol] = [:]
    for symbol in elf.symbols where symbol.kind == .object {
      if symbol.binding != .local || elf.isMadeByGCC { symbols[symbol.name] = symbol }
    }
    for id in types.ids(of: .dataSection) {
      guard let type = types[id] else { continue }
      layouts.append(try layout(of: type, symbols))
    }
  }

  private func layout(
    of type: BTFType, _ symbols: [String: ELFFile.Symbol]
  ) throws(BPFError) -> DataSectionLayout {
    let name = type.name
    var layout = DataSectionLayout(typeID: type.id, name: name, byteCount: type.byteCount ?? 0, variables: [])
    let isOpen = layout.byteCount == 0
    // Externs are in no section of the file.
    let section = name == ".kconfig" || name == ".ksyms" ? nil : elf.section(named: name)
    if isOpen { layout.byteCount = section?.byteCount ?? 0 }
    for entry in type.sectionVariables {
      let name = entry.variable.name
      let linkage = entry.variable.linkage ?? .external
      var variable = DataSectionLayout.Variable(
        variable: entry.variable, name: name, byteOffset: entry.byteOffset, byteCount: entry.byteCount,
        linkage: linkage, isHidden: symbols[name]?.isHidden ?? false,
        isWeak: symbols[name]?.binding == .weak)
      if let section {
        if isOpen, linkage == .global || elf.isMadeByGCC {
          if let symbol = symbols[name], symbol.section == section.index {
            variable.byteOffset = symbol.value
          } else if linkage == .global {
            throw .malformedObject("the variable '\(name)' is not in section '\(section.name)'")
          }
        }
        guard variable.byteCount <= layout.byteCount,
          variable.byteOffset <= layout.byteCount - variable.byteCount
        else {
          throw .malformedObject("the variable '\(name)' lies beyond the end of section '\(section.name)'")
        }
      }
      layout.variables.append(variable)
    }
    layout.variables.sort { $0.byteOffset < $1.byteOffset }
    return layout
  }
}
