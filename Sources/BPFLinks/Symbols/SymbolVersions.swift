//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall

/// The versions of the functions of a shared library: several may have the same name, of which all but one are kept for
/// programs that were linked with an older library.
struct SymbolVersions {
  /// A version of a function.
  struct Version: Hashable {
    var name: String
    /// Whether programs get it that ask for no version.
    var isDefault: Bool
  }

  /// The most bytes of a version's name: thousands of versions may have one.
  static let mostBytes = 255

  /// A number for each symbol: 15 bits for the version, and one that hides it from those who ask for none.
  private let numbers: ByteReader

  /// The names by number.
  private let names: [UInt16: String]

  /// The versions of the dynamic linker's symbols; nil if they have none.
  init?(of file: ExecutableFile) throws(BPFError) {
    guard let numbers = file.sections(ofKind: ExecutableFile.Section.versionNumbers).first else { return nil }
    self.numbers = file.format.reader(try file.contents(of: numbers, "the versions of its symbols"))
    var names: [UInt16: String] = [:]
    if let definitions = file.sections(ofKind: ExecutableFile.Section.versionDefinitions).first,
      file.sections.indices.contains(definitions.link)
    {
      let reader = file.format.reader(try file.contents(of: definitions, "the versions of its symbols"))
      let text = file.format.reader(
        try file.contents(of: file.sections[definitions.link], "the names of the versions of its symbols"))
      names = SymbolVersions.names(reader, text)
    }
    self.names = names
  }

  /// The names by number, as far as the list of them is whole.
  private static func names(_ definitions: ByteReader, _ text: ByteReader) -> [UInt16: String] {
    var names: [UInt16: String] = [:]
    var start = 0
    // Each says how far it is to the next, always forwards.
    while let number = definitions.number(start + 4, as: UInt16.self),
      let first = definitions.word(start + 12),
      let next = definitions.word(start + 16)
    {
      if let name = definitions.word(start + first).flatMap({ text.name($0, atMost: mostBytes) }) {
        names[number & 0x7fff] = name
      }
      guard next >= 20 else { break }
      start += next
    }
    return names
  }

  /// The version of a symbol; nil if it has none.
  subscript(index: Int) -> Version? {
    guard let number = numbers.number(index * 2, as: UInt16.self), let name = names[number & 0x7fff],
      number & 0x7fff > 1
    else { return nil }
    return Version(name: name, isDefault: number & 0x8000 == 0)
  }
}
