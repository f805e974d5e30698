//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// The functions in one of a file's tables of symbols.
struct SymbolTable {
  private let entries: ByteReader
  private let names: [UInt8]
  private let versions: SymbolVersions?
  private let format: ELFFormat

  /// A function that the file has.
  struct Entry {
    /// The bytes of its name, without a version.
    var name: ArraySlice<UInt8>
    var version: SymbolVersions.Version?
    var address: UInt64
    var byteCount: UInt64
    var binding: Binding
    /// Whether what is at the address only chooses which function is to be called. `STT_GNU_IFUNC`.
    var isIndirect: Bool
  }

  /// Who may use a symbol. `STB_*`.
  struct Binding: RawRepresentable, Hashable {
    let rawValue: UInt8
    static let local = Binding(rawValue: 0)
    static let global = Binding(rawValue: 1)
    static let weak = Binding(rawValue: 2)

    var word: String {
      switch self {
      case .local: "local"
      case .global: "global"
      case .weak: "weak"
      default: "unique"
      }
    }
  }

  /// Reads a table.
  init(_ section: ExecutableFile.Section, of file: ExecutableFile) throws(BPFError) {
    format = file.format
    entries = format.reader(try file.contents(of: section, "its symbols"))
    guard file.sections.indices.contains(section.link) else {
      throw BPFError(.findSymbol, .malformed, path: file.path, "its symbols have no names")
    }
    names = try file.contents(of: file.sections[section.link], "the names of its symbols")
    versions =
      section.kind == ExecutableFile.Section.dynamicSymbols ? try SymbolVersions(of: file) : nil
  }

  /// Goes through the functions. What is damaged is passed over.
  func forEachFunction(_ body: (Entry) -> Void) {
    let size = format.symbolByteCount
    for index in 0..<(entries.count / size) {
      let start = index * size
      guard let info = entries.number(start + (format.isWide ? 4 : 12), as: UInt8.self),
        info & 0xf == 2 || info & 0xf == 10,
        let section = entries.number(start + (format.isWide ? 6 : 14), as: UInt16.self), section != 0,
        let address = format.address(entries, wide: start + 8, narrow: start + 4),
        let byteCount = format.address(entries, wide: start + 16, narrow: start + 8),
        let nameStart = entries.word(start), let name = name(nameStart)
      else { continue }
      let version = version(index, behind: name)
      body(
        Entry(
          name: name, version: version, address: address, byteCount: byteCount,
          binding: Binding(rawValue: info >> 4), isIndirect: info & 0xf == 10))
    }
  }

  /// The most bytes that a name may have: many may share one, and each is gone through.
  private static let longestName = 1 << 14

  /// The bytes of a name, up to the `@` or NUL that ends it; nil if nothing does, it is empty or longer than names are.
  private func name(_ start: Int) -> ArraySlice<UInt8>? {
    guard start < names.count else { return nil }
    let limit = min(names.count - start, SymbolTable.longestName) + start
    var end = start
    while end < limit, names[end] != 0, names[end] != UInt8(ascii: "@") || end == start { end += 1 }
    return end > start && end < limit ? names[start..<end] : nil
  }

  /// The version: of the dynamic linker's symbols in tables of their own, of others behind the name.
  private func version(_ index: Int, behind name: ArraySlice<UInt8>) -> SymbolVersions.Version? {
    if let versions { return versions[index] }
    guard names[name.endIndex] == UInt8(ascii: "@") else { return nil }
    let rest = names[name.endIndex...].prefix { $0 != 0 }
    let text = rest.drop { $0 == UInt8(ascii: "@") }
    return SymbolVersions.Version(
      name: String(decoding: text, as: UTF8.self), isDefault: rest.count - text.count > 1)
  }
}
