//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// The functions in a symbol table of a file.
struct SymbolTable: FunctionTable {
  private let entries: ByteReader
  private let names: SymbolNames
  private let versions: SymbolVersions?
  private let format: ELFFormat

  /// Reads a table.
  init(_ section: ExecutableFile.Section, of file: ExecutableFile) throws(BPFError) {
    format = file.format
    entries = format.reader(try file.contents(of: section, "its symbols"))
    guard file.sections.indices.contains(section.link) else {
      throw BPFError(.findSymbol, .malformed, path: file.path, "its symbols have no names")
    }
    let bytes = try file.contents(of: file.sections[section.link], "the names of its symbols")
    names = SymbolNames(bytes, haveVersions: true, of: file.path)
    versions =
      section.kind == ExecutableFile.Section.dynamicSymbols ? try SymbolVersions(of: file) : nil
  }

  func forEachFunction(_ body: (FunctionEntry) -> Void) throws(BPFError) {
    var names = names
    for index in 0..<count {
      guard let symbol = symbol(index), !symbol.isImported, [2, 10].contains(symbol.type),
        let address = format.address(entries, wide: symbol.start + 8, narrow: symbol.start + 4),
        let byteCount = format.address(entries, wide: symbol.start + 16, narrow: symbol.start + 8),
        let name = try names.name(at: symbol.name)
      else { continue }
      body(
        FunctionEntry(
          name: name, index: index, address: address, byteCount: byteCount, binding: symbol.binding,
          isIndirect: symbol.type == 10))
    }
  }

  /// Returns whether the file imports a function from another file.
  func imports(_ name: String) -> Bool {
    (0..<count).contains { index in
      // Undefined symbols may lack a type.
      guard let symbol = symbol(index), symbol.isImported, [0, 2, 10].contains(symbol.type) else {
        return false
      }
      return names.has(name, at: symbol.name)
    }
  }

  /// Returns the version: for dynamic symbols from separate tables, for others from the suffix of the name.
  func version(of entry: FunctionEntry) -> SymbolVersions.Version? {
    if let versions { return versions[entry.index] }
    guard names.bytes[entry.name.endIndex] == UInt8(ascii: "@") else { return nil }
    let rest = names.bytes[entry.name.endIndex...].prefix(SymbolVersions.maximumByteCount + 3).prefix {
      $0 != 0
    }
    let text = rest.drop { $0 == UInt8(ascii: "@") }
    guard text.count <= SymbolVersions.maximumByteCount else { return nil }
    return SymbolVersions.Version(
      name: String(decoding: text, as: UTF8.self), isDefault: rest.count - text.count > 1)
  }
}

extension SymbolTable {
  /// The fields that all symbols have.
  private struct Symbol {
    var start: Int
    var name: Int
    /// `STT_*`: 0 if it is unknown, 2 for functions, 10 for IFUNC resolvers.
    var type: UInt8
    var binding: SymbolBinding
    var isImported: Bool
  }

  private var count: Int { entries.count / format.symbolByteCount }

  private func symbol(_ index: Int) -> Symbol? {
    let start = index * format.symbolByteCount
    guard let name = entries.word(start),
      let info = entries.number(start + (format.isWide ? 4 : 12), as: UInt8.self),
      let section = entries.number(start + (format.isWide ? 6 : 14), as: UInt16.self)
    else { return nil }
    return Symbol(
      start: start, name: name, type: info & 0xf, binding: SymbolBinding(rawValue: info >> 4),
      isImported: section == 0)
  }
}
