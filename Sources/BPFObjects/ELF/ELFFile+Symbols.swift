//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

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
    var kind: SymbolKind
    /// Its binding.
    var binding: Binding
    /// Whether its visibility is hidden or internal.
    var isHidden: Bool

    /// Whether it is undefined: another object or the kernel must define it.
    var isExternal: Bool {
      section == 0 && kind == .none && (binding == .global || binding == .weak) && !name.isEmpty
    }
  }

  /// A symbol type. `STT_*`.
  struct SymbolKind: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8
    static let none = SymbolKind(rawValue: 0)
    static let object = SymbolKind(rawValue: 1)
    static let function = SymbolKind(rawValue: 2)
    static let section = SymbolKind(rawValue: 3)
  }

  /// A symbol binding. `STB_*`.
  struct Binding: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8
    static let local = Binding(rawValue: 0)
    static let global = Binding(rawValue: 1)
    static let weak = Binding(rawValue: 2)
  }

  private static let symbolByteCount = 24

  static func symbols(in reader: ByteReader, _ sections: [Section]) throws(BPFError) -> [Symbol] {
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
      guard let symbol = symbol(bytes, offset, names) else {
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

  private static func symbol(_ table: ByteReader, _ start: Int, _ names: ByteReader) -> Symbol? {
    guard let nameOffset = table.word(start), let info = table.number(start + 4, as: UInt8.self),
      let other = table.number(start + 5, as: UInt8.self),
      let section = table.number(start + 6, as: UInt16.self),
      let value = table.doubleWord(start + 8), let byteCount = table.doubleWord(start + 16)
    else { return nil }
    guard let name = nameOffset == 0 ? "" : names.name(nameOffset) else { return nil }
    return Symbol(
      name: name, value: value, byteCount: byteCount, section: Int(section),
      kind: SymbolKind(rawValue: info & 0xf), binding: Binding(rawValue: info >> 4),
      // STV_INTERNAL and STV_HIDDEN.
      isHidden: other & 3 == 1 || other & 3 == 2)
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
  }

  private static let relocationByteCount = 16

  /// Whether gcc compiled the file.
  static func isMadeByGCC(_ reader: ByteReader, _ sections: [Section]) -> Bool {
    guard let comment = sections.first(where: { $0.name == ".comment" }),
      let text = reader.part(comment.offset, comment.byteCount)
    else { return false }
    return text.slice.drop { $0 == 0 }.starts(with: "GCC: ".utf8)
  }

  /// Whether a relocated instruction holds the symbol's value plus the addend, as written by gcc's assembler before
  /// binutils 2.42. Later versions record an instruction set version in the file.
  var repeatsSymbolValues: Bool { isMadeByGCC && reader.word(48) == 0 }

  /// Returns the relocations of a section, in the file's order.
  func relocations(of section: Section) throws(BPFError) -> [Relocation] {
    var relocations: [Relocation] = []
    for table in relocationTables[section.index] {
      let table = sections[table]
      guard table.type == .relocations else {
        throw .unsupportedObject("'\(table.name)' has addends (SHT_RELA), which no compiler for BPF writes")
      }
      let bytes = contents(of: table)
      guard bytes.count % ELFFile.relocationByteCount == 0 else {
        throw .malformedObject("'\(table.name)' ends within a relocation")
      }
      relocations.reserveCapacity(relocations.count + bytes.count / ELFFile.relocationByteCount)
      for entry in stride(from: 0, to: bytes.count, by: ELFFile.relocationByteCount) {
        // The upper half is the symbol index; the relocation type in the lower half also follows from the
        // instruction.
        guard let offset = bytes.doubleWord(entry), offset < section.byteCount,
          let info = bytes.number(entry + 8, as: UInt64.self), info >> 32 < UInt64(symbols.count)
        else {
          throw .malformedObject(
            "relocation \(entry / ELFFile.relocationByteCount) of section '\(section.name)' has an offset or "
              + "a symbol that is out of bounds")
        }
        relocations.append(Relocation(offset: offset, symbol: Int(info >> 32)))
      }
    }
    return relocations
  }
}
