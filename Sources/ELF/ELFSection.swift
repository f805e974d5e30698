//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A section of an ELF file. `Elf64_Shdr`.
package struct ELFSection: Sendable {
  /// The name's offset in the section of names.
  package var name: Int
  /// The kind of contents.
  package var kind: Kind
  /// `SHF_*`.
  package var flags: UInt64
  /// The address in memory.
  package var address: UInt64
  /// The offset in the file.
  package var offset: Int
  /// The size in bytes, in the file or, for zeros, in memory.
  package var byteCount: Int
  /// The index of a related section; for symbols, the section of their names.
  package var link: Int
  /// For relocations, the index of the section that they apply to.
  package var info: Int
  /// The alignment in bytes; 0 and 1 mean none.
  package var alignment: Int

  /// Whether it contains instructions. `SHF_EXECINSTR`.
  package var isExecutable: Bool { flags & 4 != 0 }

  /// The kind of a section. `SHT_*`.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let unused = Kind(rawValue: 0)
    package static let bytes = Kind(rawValue: 1)
    package static let symbols = Kind(rawValue: 2)
    package static let strings = Kind(rawValue: 3)
    package static let relocationsWithAddends = Kind(rawValue: 4)
    package static let zeros = Kind(rawValue: 8)
    package static let relocations = Kind(rawValue: 9)
    package static let dynamicSymbols = Kind(rawValue: 11)
    /// `SHT_GNU_verdef`.
    package static let versionDefinitions = Kind(rawValue: 0x6fff_fffd)
    /// `SHT_GNU_versym`.
    package static let versionNumbers = Kind(rawValue: 0x6fff_ffff)
  }
}

/// A segment of an ELF file. `Elf64_Phdr`.
package struct ELFSegment: Sendable {
  package var kind: Kind
  package var offset: Int
  package var address: UInt64
  package var byteCount: Int
  /// The size in memory. Bytes beyond those of the file are zeros.
  package var memoryByteCount: UInt64
  package var isExecutable: Bool
  package var isWritable: Bool

  /// The kind of a segment. `PT_*`.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Mapped into memory. `PT_LOAD`.
    package static let loaded = Kind(rawValue: 1)
    /// Memory that the dynamic linker makes read-only once it has relocated the file. `PT_GNU_RELRO`.
    package static let relocatedMemory = Kind(rawValue: 0x6474_e552)
  }
}

// MARK: - Parsing

extension ELFFormat {
  /// Parses a section header; nil if an offset or size exceeds `Int`.
  func section(_ header: ByteReader) -> ELFSection? {
    guard let name = header.word(0), let kind = header.number(4, as: UInt32.self),
      let flags = address(header, wide: 8, narrow: 8),
      let address = address(header, wide: 16, narrow: 12), let offset = count(header, wide: 24, narrow: 16),
      let byteCount = count(header, wide: 32, narrow: 20), let link = header.word(isWide ? 40 : 24),
      let info = header.word(isWide ? 44 : 28), let alignment = count(header, wide: 48, narrow: 32)
    else { return nil }
    return ELFSection(
      name: name, kind: ELFSection.Kind(rawValue: kind), flags: flags, address: address,
      offset: offset, byteCount: byteCount, link: link, info: info, alignment: alignment)
  }

  /// Parses a program header; nil if an offset or size exceeds `Int`.
  func segment(_ header: ByteReader) -> ELFSegment? {
    guard let kind = header.number(0, as: UInt32.self),
      let flags = header.number(isWide ? 4 : 24, as: UInt32.self),
      let offset = count(header, wide: 8, narrow: 4), let address = address(header, wide: 16, narrow: 8),
      let byteCount = count(header, wide: 32, narrow: 16),
      let memoryByteCount = self.address(header, wide: 40, narrow: 20)
    else { return nil }
    return ELFSegment(
      kind: ELFSegment.Kind(rawValue: kind), offset: offset, address: address, byteCount: byteCount,
      memoryByteCount: memoryByteCount, isExecutable: flags & 1 != 0, isWritable: flags & 2 != 0)
  }
}
