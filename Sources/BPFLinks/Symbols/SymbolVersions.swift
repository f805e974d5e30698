//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// The symbol versions of a shared library. Several functions may have one name; all but one are for programs that were
/// linked with an older library.
struct SymbolVersions {
  /// A version of a function.
  struct Version: Hashable {
    var name: String
    /// Whether programs get this version by default.
    var isDefault: Bool
  }

  /// The most bytes of a version's name: thousands of versions may share one.
  static let maximumByteCount = 255

  /// A number for each symbol: 15 bits for the version, and one that hides it from programs without a version.
  private let numbers: ByteReader

  /// The version names by number.
  private let names: [UInt16: String]

  /// Reads the versions of the dynamic symbols; nil if they have none.
  init?(of file: ExecutableFile) throws(BPFError) {
    guard let numbers = file.sections(ofKind: .versionNumbers).first else { return nil }
    self.numbers = file.format.reader(try file.contents(of: numbers, "the versions of its symbols"))
    var names: [UInt16: String] = [:]
    if let definitions = file.sections(ofKind: .versionDefinitions).first,
      file.sections.indices.contains(definitions.link)
    {
      let reader = file.format.reader(try file.contents(of: definitions, "the versions of its symbols"))
      let text = file.format.reader(
        try file.contents(of: file.sections[definitions.link], "the names of the versions of its symbols"))
      names = SymbolVersions.names(reader, text)
    }
    self.names = names
  }

  /// Returns the names by number, up to the first malformed definition.
  private static func names(_ definitions: ByteReader, _ text: ByteReader) -> [UInt16: String] {
    var names: [UInt16: String] = [:]
    var start = 0
    // Each definition has the distance to the next, always forwards.
    while let number = definitions.number(start + 4, as: UInt16.self),
      let first = definitions.word(start + 12),
      let next = definitions.word(start + 16)
    {
      if let name = definitions.word(start + first).flatMap({ text.name($0, atMost: maximumByteCount) }) {
        names[number & 0x7fff] = name
      }
      guard next >= 20 else { break }
      start += next
    }
    return names
  }

  /// Returns the version of a symbol; nil if it has none.
  subscript(index: Int) -> Version? {
    guard let number = numbers.number(index * 2, as: UInt16.self), let name = names[number & 0x7fff],
      number & 0x7fff > 1
    else { return nil }
    return Version(name: name, isDefault: number & 0x8000 == 0)
  }
}
