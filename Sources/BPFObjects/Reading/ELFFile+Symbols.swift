//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

extension ELFFile {
  /// A symbol of an ELF file.
  struct Symbol: Sendable {
    /// Its name; empty for a section symbol.
    var name: String
    /// Its offset in the section, in bytes.
    var value: Int
    /// Its size in bytes.
    var byteCount: Int
    /// The index of its section; 0 if undefined, 0xff00 and above for none.
    var section: Int
    /// Its type.
    var kind: ELFSymbol.Kind
    /// Its binding.
    var binding: ELFSymbol.Binding
    /// Whether its visibility is hidden or internal.
    var isHidden: Bool

    /// Whether it is undefined: another object or the kernel must define it.
    var isExternal: Bool {
      section == 0 && kind == .none && (binding == .global || binding == .weak) && !name.isEmpty
    }
  }

  static func symbols(
    in reader: ByteReader, _ sections: [Section], _ format: ELFFormat
  ) throws(BPFError) -> [Symbol] {
    let symbolByteCount = format.symbolByteCount
    let tables = sections.filter { $0.type == .symbols }
    guard let table = tables.first else {
      throw .malformedObject("the file has no symbols: it was stripped")
    }
    guard tables.count == 1 else { throw .malformedObject("the file has \(tables.count) symbol tables") }
    guard table.link < sections.count, let bytes = reader.part(table.offset, table.byteCount),
      let names = reader.part(sections[table.link].offset, sections[table.link].byteCount)
    else { throw .malformedObject("the names of the symbols lie beyond the end of the file") }
    guard bytes.count % symbolByteCount == 0 else {
      throw .malformedObject("the symbol table ends within a symbol")
    }

    var symbols: [Symbol] = []
    symbols.reserveCapacity(bytes.count / symbolByteCount)
    for offset in stride(from: 0, to: bytes.count, by: symbolByteCount) {
      guard let symbol = format.symbol(bytes, at: offset).flatMap({ Symbol($0, names) }) else {
        throw .malformedObject(
          "symbol \(symbols.count) has no name, a name that is too long, or an invalid location")
      }
      guard symbol.section < sections.count || symbol.section >= 0xff00 else {
        throw .malformedObject("the symbol '\(symbol.name)' is in the missing section \(symbol.section)")
      }
      symbols.append(symbol)
    }
    return symbols
  }
}

extension ELFFile.Symbol {
  /// Creates a symbol with its name; nil if the name is missing or too long, or a number does not fit into `Int`.
  fileprivate init?(_ symbol: ELFSymbol, _ names: ByteReader) {
    guard let value = Int(exactly: symbol.value), let byteCount = Int(exactly: symbol.byteCount),
      let name = symbol.name == 0 ? "" : names.name(symbol.name)
    else { return nil }
    self.init(
      name: name, value: value, byteCount: byteCount, section: symbol.section, kind: symbol.kind,
      binding: symbol.binding, isHidden: symbol.isHidden)
  }
}

// MARK: - Relocations

extension ELFFile {
  /// A relocation in a section.
  struct Relocation: Sendable {
    /// The offset in bytes.
    var offset: Int
    /// The index of the symbol, which is in bounds.
    var symbol: Int
    /// The kind, which also follows from the instruction. `R_BPF_*`.
    var kind: UInt32
  }

  /// Whether gcc compiled the file.
  static func isMadeByGCC(_ reader: ByteReader, _ sections: [Section]) -> Bool {
    guard let comment = sections.first(where: { $0.name == ".comment" }),
      let text = reader.part(comment.offset, comment.byteCount)
    else { return false }
    return text.slice.drop { $0 == 0 }.starts(with: "GCC: ".utf8)
  }

  /// Whether a relocated instruction holds the symbol's value plus the addend, as written by gcc's assembler before
  /// binutils 2.42. Later versions record an instruction set version in the file.
  var repeatsSymbolValues: Bool { isMadeByGCC && header.flags == 0 }

  /// Returns the relocations of a section, in the file's order.
  func relocations(of section: Section) throws(BPFError) -> [Relocation] {
    var relocations: [Relocation] = []
    for table in relocationTables[section.index] {
      let table = sections[table]
      guard table.type == .relocations else {
        throw .unsupportedObject("'\(table.name)' has addends (SHT_RELA), which no compiler for BPF writes")
      }
      let bytes = contents(of: table)
      let size = header.format.relocationByteCount(hasAddend: false)
      guard bytes.count % size == 0 else {
        throw .malformedObject("'\(table.name)' ends within a relocation")
      }
      relocations.reserveCapacity(relocations.count + bytes.count / size)
      for entry in stride(from: 0, to: bytes.count, by: size) {
        guard let found = header.format.relocation(bytes, at: entry, hasAddend: false),
          found.offset < UInt64(section.byteCount), found.symbol < UInt64(symbols.count)
        else {
          throw .malformedObject(
            "relocation \(entry / size) of section '\(section.name)' has an offset or a symbol that is out of bounds"
          )
        }
        relocations.append(Relocation(offset: Int(found.offset), symbol: Int(found.symbol), kind: found.kind))
      }
    }
    return relocations
  }
}
