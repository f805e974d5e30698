//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects

/// How the numbers of an ELF file are written: their byte order, and whether addresses have 64 or 32 bits.
struct ELFFormat: Sendable {
  /// Whether addresses have 64 bits.
  let isWide: Bool

  /// Whether the byte order is the other one than this machine's.
  let isSwapped: Bool

  /// Bytes of an address.
  var addressByteCount: Int { isWide ? 8 : 4 }

  /// Reads what an ELF file begins with; nil if it is none.
  init?(_ identification: [UInt8]) {
    guard identification.starts(with: [0x7f] + Array("ELF".utf8)), identification.count >= 16,
      (1...2).contains(identification[4]), (1...2).contains(identification[5])
    else { return nil }
    isWide = identification[4] == 2
    let isLittle = identification[5] == 1
    isSwapped = isLittle != (UInt16(littleEndian: 1) == 1)
  }

  /// A reader of some of the file's bytes.
  func reader(_ bytes: [UInt8]) -> ByteReader { ByteReader(bytes, isSwapped: isSwapped) }

  /// An address, offset or size, where it stands in files of either kind; nil if it is not all there.
  func address(_ reader: ByteReader, wide: Int, narrow: Int) -> UInt64? {
    isWide
      ? reader.number(wide, as: UInt64.self)
      : reader.number(narrow, as: UInt32.self).map(UInt64.init)
  }

  /// Such a number that counts or points at something in the file; nil also if no file has so much.
  func count(_ reader: ByteReader, wide: Int, narrow: Int) -> Int? {
    address(reader, wide: wide, narrow: narrow).flatMap { Int(exactly: $0) }
  }
}

extension ELFFormat {
  /// Bytes of the file's head.
  var headByteCount: Int { isWide ? 64 : 52 }
  /// Bytes of the head of a section.
  var sectionByteCount: Int { isWide ? 64 : 40 }
  /// Bytes of the head of a segment.
  var segmentByteCount: Int { isWide ? 56 : 32 }
  /// Bytes of a symbol.
  var symbolByteCount: Int { isWide ? 24 : 16 }

  /// A part of the file that is mapped into memory. `Elf64_Phdr`.
  func segment(_ head: ByteReader) -> ExecutableFile.Segment? {
    guard let flags = head.number(isWide ? 4 : 24, as: UInt32.self),
      let offset = count(head, wide: 8, narrow: 4), let address = address(head, wide: 16, narrow: 8),
      let byteCount = count(head, wide: 32, narrow: 16),
      let memoryByteCount = self.address(head, wide: 40, narrow: 20)
    else { return nil }
    return ExecutableFile.Segment(
      offset: offset, address: address, byteCount: byteCount, memoryByteCount: memoryByteCount,
      isExecutable: flags & 1 != 0, isWritable: flags & 2 != 0)
  }

  /// A part of the file with a name. `Elf64_Shdr`.
  func section(_ head: ByteReader) -> ExecutableFile.Section? {
    guard let name = head.word(0), let kind = head.number(4, as: UInt32.self),
      let address = address(head, wide: 16, narrow: 12), let offset = count(head, wide: 24, narrow: 16),
      let byteCount = count(head, wide: 32, narrow: 20), let link = head.word(isWide ? 40 : 24),
      let info = head.word(isWide ? 44 : 28)
    else { return nil }
    return ExecutableFile.Section(
      name: name, kind: kind, address: address, offset: offset, byteCount: byteCount, link: link, info: info)
  }
}
