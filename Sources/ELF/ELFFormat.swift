//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The number format of an ELF file: its byte order, and whether addresses have 64 or 32 bits.
///
/// elf(5) describes the structures; `Elf64_` and `Elf32_` have the same fields in different orders and sizes.
package struct ELFFormat: Sendable {
  /// Whether addresses have 64 bits.
  package let isWide: Bool

  /// Whether the byte order is opposite to this machine's.
  package let isSwapped: Bool

  init(isWide: Bool, isLittleEndian: Bool) {
    self.isWide = isWide
    isSwapped = isLittleEndian != (UInt16(littleEndian: 1) == 1)
  }

  /// Returns a reader of bytes from the file.
  package func reader(_ bytes: [UInt8]) -> ByteReader { ByteReader(bytes, isSwapped: isSwapped) }

  /// Reads an address, offset or size at its position in 64-bit or 32-bit files; nil if it is out of bounds.
  package func address(_ reader: ByteReader, wide: Int, narrow: Int) -> UInt64? {
    isWide
      ? reader.number(wide, as: UInt64.self)
      : reader.number(narrow, as: UInt32.self).map(UInt64.init)
  }

  /// Reads such a number as an `Int` count or file offset; nil also if it exceeds `Int`.
  package func count(_ reader: ByteReader, wide: Int, narrow: Int) -> Int? {
    address(reader, wide: wide, narrow: narrow).flatMap { Int(exactly: $0) }
  }
}

// MARK: - Sizes

extension ELFFormat {
  /// The size of an address.
  package var addressByteCount: Int { isWide ? 8 : 4 }
  /// The size of the file header.
  package var headerByteCount: Int { isWide ? 64 : 52 }
  /// The size of a section header.
  package var sectionByteCount: Int { isWide ? 64 : 40 }
  /// The size of a program header.
  package var segmentByteCount: Int { isWide ? 56 : 32 }
  /// The size of a symbol.
  package var symbolByteCount: Int { isWide ? 24 : 16 }
  /// The size of a relocation, with or without an addend.
  package func relocationByteCount(hasAddend: Bool) -> Int { (hasAddend ? 3 : 2) * addressByteCount }
}

// MARK: - Writing

extension ELFFormat {
  /// Sets the offset of the contents in a section header.
  package func setContents(at offset: Int, inSectionHeader header: inout [UInt8]) {
    write(offset, at: isWide ? 24 : 16, in: &header)
  }

  /// Sets the offset of the section headers in the file header.
  package func setSections(at offset: Int, inFileHeader header: inout [UInt8]) {
    write(offset, at: isWide ? 40 : 32, in: &header)
  }

  private func write(_ number: Int, at offset: Int, in bytes: inout [UInt8]) {
    let count = addressByteCount
    let isLittleEndian = isSwapped != (UInt16(littleEndian: 1) == 1)
    for index in 0..<count {
      let shift = 8 * (isLittleEndian ? index : count - 1 - index)
      bytes[offset + index] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }
}
