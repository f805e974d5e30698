//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// The file header of an ELF file, `Elf64_Ehdr`, and the tables that it locates.
package struct ELFHeader: Sendable {
  package let format: ELFFormat

  /// The kind of file. `ET_*`.
  package let type: FileType

  /// The machine architecture. `EM_*`.
  package let machine: UInt16

  /// Flags of the machine architecture.
  package let flags: UInt32

  private let segmentTable: Table
  private let sectionTable: Table

  /// The index of the section with the names of all sections; 0xffff if it is in the first section header.
  private let nameIndex: UInt16

  /// The kind of a file. `ET_*`.
  package struct FileType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let relocatable = FileType(rawValue: 1)
    /// A program at fixed addresses.
    package static let executable = FileType(rawValue: 2)
  }

  /// The location of consecutive headers.
  private struct Table {
    var start: UInt64
    var count: UInt16
    /// The size of each header.
    var byteCount: UInt16
  }

  /// The size of the largest file header.
  private static let maximumByteCount = 64

  /// Reads the header, once.
  ///
  /// - Throws: `malformed` of the source, if the file is not an ELF file, or the reason for a failed read.
  package init(_ file: borrowing some ELFSource & ~Copyable) throws(BPFError) {
    let size = min(file.count, ELFHeader.maximumByteCount)
    let bytes = try file.part(0, size, isSwapped: false).map { Array($0.slice) } ?? []
    guard bytes.starts(with: [0x7f] + Array("ELF".utf8)) else {
      throw file.malformed("not an ELF file: it does not begin with 0x7f 'ELF'")
    }
    guard bytes.count > 5 else { throw file.malformed("the file ends within its header") }
    guard bytes[4] == 1 || bytes[4] == 2 else {
      throw file.malformed("the file is neither 32-bit (1) nor 64-bit (2): its class is \(bytes[4])")
    }
    guard bytes[5] == 1 || bytes[5] == 2 else {
      throw file.malformed("the byte order \(bytes[5]) is neither little (1) nor big (2)")
    }
    format = ELFFormat(isWide: bytes[4] == 2, isLittleEndian: bytes[5] == 1)
    let header = format.reader(bytes)
    guard let type = header.number(16, as: UInt16.self), let machine = header.number(18, as: UInt16.self),
      let segments = format.address(header, wide: 32, narrow: 28),
      let sections = format.address(header, wide: 40, narrow: 32),
      let flags = header.number(format.isWide ? 48 : 36, as: UInt32.self),
      let sizes = header.part(format.isWide ? 52 : 40, 12),
      let nameIndex = sizes.number(10, as: UInt16.self)
    else { throw file.malformed("the file ends within the \(format.headerByteCount)-byte header") }
    (self.type, self.machine) = (FileType(rawValue: type), machine)
    (self.flags, self.nameIndex) = (flags, nameIndex)
    segmentTable = Table(start: segments, count: sizes.present(4), byteCount: sizes.present(2))
    sectionTable = Table(start: sections, count: sizes.present(8), byteCount: sizes.present(6))
  }
}

// MARK: - Tables

extension ELFHeader {
  /// The offset of the section headers; nil if the file has none, or an impossible one.
  package var sectionsStart: Int? { sectionTable.start == 0 ? nil : Int(exactly: sectionTable.start) }

  /// Reads the headers of all sections; empty if there are none. The first one is not a real section.
  ///
  /// The contents of a section may exceed the file.
  package func sections(in file: borrowing some ELFSource & ~Copyable) throws(BPFError) -> [ELFSection] {
    guard sectionTable.start > 0, sectionTable.count > 0 || sectionTable.byteCount > 0 else { return [] }
    // A count that exceeds 16 bits is in the first header.
    var count = Int(sectionTable.count)
    if count == 0 {
      let first = try headers(sectionTable, 1, format.sectionByteCount, "section", file)[0]
      count = format.count(first, wide: 32, narrow: 20) ?? .max
    }
    var sections: [ELFSection] = []
    for header in try headers(sectionTable, count, format.sectionByteCount, "section", file) {
      guard let section = format.section(header) else {
        throw file.malformed("section \(sections.count) lies beyond the end of the file")
      }
      sections.append(section)
    }
    return sections
  }

  /// Returns the section with the names of all sections; nil if there is none.
  package func nameSection(of sections: [ELFSection]) -> ELFSection? {
    let index = nameIndex == 0xffff ? sections.first?.link ?? 0 : Int(nameIndex)
    return index > 0 && sections.indices.contains(index) ? sections[index] : nil
  }

  /// Reads the headers of the segments whose bytes are in the file. Debug files have headers of segments that are in
  /// another file.
  ///
  /// - Parameter sections: the file's sections, the first of which may have the number of segments.
  package func segments(
    in file: borrowing some ELFSource & ~Copyable, _ sections: [ELFSection]
  ) throws(BPFError) -> [ELFSegment] {
    let count = segmentTable.count == 0xffff ? sections.first?.info ?? 0 : Int(segmentTable.count)
    var segments: [ELFSegment] = []
    for header in try headers(segmentTable, count, format.segmentByteCount, "program", file) {
      guard let segment = format.segment(header), segment.offset <= file.count,
        segment.byteCount <= file.count - segment.offset
      else { continue }
      segments.append(segment)
    }
    return segments
  }

  /// Reads consecutive headers of one size, at once.
  private func headers(
    _ table: Table, _ count: Int, _ size: Int, _ kind: String, _ file: borrowing some ELFSource & ~Copyable
  ) throws(BPFError) -> [ByteReader] {
    guard count > 0 else { return [] }
    guard Int(table.byteCount) == size else {
      throw file.malformed("the \(kind) headers do not have \(size) bytes")
    }
    guard count <= file.count / size, let start = Int(exactly: table.start),
      let bytes = try file.part(start, count * size, isSwapped: format.isSwapped)
    else { throw file.malformed("the \(kind) headers lie beyond the end of the file") }
    return (0..<count).compactMap { bytes.part($0 * size, size) }
  }
}
