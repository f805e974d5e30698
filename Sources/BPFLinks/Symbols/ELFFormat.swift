//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects

/// The number format of an ELF file: its byte order, and whether addresses have 64 or 32 bits.
struct ELFFormat: Sendable {
  /// Whether addresses have 64 bits.
  let isWide: Bool

  /// Whether the byte order is opposite to this machine's.
  let isSwapped: Bool

  /// The size of an address, in bytes.
  var addressByteCount: Int { isWide ? 8 : 4 }

  /// Parses the identification of an ELF file; nil if it is invalid.
  init?(_ identification: [UInt8]) {
    guard identification.starts(with: [0x7f] + Array("ELF".utf8)), identification.count >= 16,
      (1...2).contains(identification[4]), (1...2).contains(identification[5])
    else { return nil }
    isWide = identification[4] == 2
    let isLittle = identification[5] == 1
    isSwapped = isLittle != (UInt16(littleEndian: 1) == 1)
  }

  /// Returns a reader of bytes from the file.
  func reader(_ bytes: [UInt8]) -> ByteReader { ByteReader(bytes, isSwapped: isSwapped) }

  /// Reads an address, offset or size at its position in 64-bit or 32-bit files; nil if it is out of bounds.
  func address(_ reader: ByteReader, wide: Int, narrow: Int) -> UInt64? {
    isWide
      ? reader.number(wide, as: UInt64.self)
      : reader.number(narrow, as: UInt32.self).map(UInt64.init)
  }

  /// Reads such a number as an `Int` count or file offset; nil also if it exceeds `Int`.
  func count(_ reader: ByteReader, wide: Int, narrow: Int) -> Int? {
    address(reader, wide: wide, narrow: narrow).flatMap { Int(exactly: $0) }
  }
}

extension ELFFormat {
  /// The size of the file header.
  var headerByteCount: Int { isWide ? 64 : 52 }
  /// The size of a section header.
  var sectionByteCount: Int { isWide ? 64 : 40 }
  /// The size of a program header.
  var segmentByteCount: Int { isWide ? 56 : 32 }
  /// The size of a symbol.
  var symbolByteCount: Int { isWide ? 24 : 16 }

  /// Parses a program header. `Elf64_Phdr`.
  func segment(_ header: ByteReader) -> ExecutableFile.Segment? {
    guard let flags = header.number(isWide ? 4 : 24, as: UInt32.self),
      let offset = count(header, wide: 8, narrow: 4), let address = address(header, wide: 16, narrow: 8),
      let byteCount = count(header, wide: 32, narrow: 16),
      let memoryByteCount = self.address(header, wide: 40, narrow: 20)
    else { return nil }
    return ExecutableFile.Segment(
      offset: offset, address: address, byteCount: byteCount, memoryByteCount: memoryByteCount,
      isExecutable: flags & 1 != 0, isWritable: flags & 2 != 0)
  }

  /// Parses a section header. `Elf64_Shdr`.
  func section(_ header: ByteReader) -> ExecutableFile.Section? {
    guard let name = header.word(0), let kind = header.number(4, as: UInt32.self),
      let address = address(header, wide: 16, narrow: 12), let offset = count(header, wide: 24, narrow: 16),
      let byteCount = count(header, wide: 32, narrow: 20), let link = header.word(isWide ? 40 : 24),
      let info = header.word(isWide ? 44 : 28)
    else { return nil }
    return ExecutableFile.Section(
      name: name, kind: kind, address: address, offset: offset, byteCount: byteCount, link: link, info: info)
  }
}
