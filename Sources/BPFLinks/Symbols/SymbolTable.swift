//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF
internal import SystemPackage

/// The functions in a symbol table of a file.
struct SymbolTable: FunctionTable {
  private let entries: ByteReader
  private let names: SymbolNames
  private let versions: SymbolVersions?
  private let format: ELFFormat

  /// Reads a table.
  init(_ section: ELFSection, of file: ExecutableFile) throws(BPFError) {
    format = file.format
    entries = format.reader(try file.contents(of: section, "its symbols"))
    guard file.sections.indices.contains(section.link) else {
      throw BPFError(.findSymbol, .malformed, path: file.path, "its symbols have no names")
    }
    let bytes = try file.contents(of: file.sections[section.link], "the names of its symbols")
    names = SymbolNames(bytes, haveVersions: true, of: file.path)
    versions =
      section.kind == .dynamicSymbols ? try SymbolVersions(of: file) : nil
  }

  func forEachFunction(_ body: (FunctionEntry) -> Void) throws(BPFError) {
    var names = names
    for index in 0..<count {
      guard let symbol = symbol(index), symbol.section != 0, symbol.kind.isFunction,
        let name = try names.name(at: symbol.name)
      else { continue }
      body(
        FunctionEntry(
          name: name, index: index, address: symbol.value, byteCount: symbol.byteCount,
          binding: symbol.binding, isIndirect: symbol.kind == .indirectFunction))
    }
  }

  /// Returns whether the file imports a function from another file.
  func imports(_ name: String) -> Bool {
    (0..<count).contains { index in
      // Undefined symbols may lack a type.
      guard let symbol = symbol(index), symbol.section == 0, symbol.kind == .none || symbol.kind.isFunction
      else { return false }
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
  private var count: Int { entries.count / format.symbolByteCount }

  private func symbol(_ index: Int) -> ELFSymbol? {
    format.symbol(entries, at: index * format.symbolByteCount)
  }
}

extension ELFSymbol.Kind {
  fileprivate var isFunction: Bool { self == .function || self == .indirectFunction }
}
