//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall

extension ExecutableFile {
  /// The program and section headers of an ELF file.
  struct Headers {
    var segments: [Segment] = []
    var relocatedMemory: [Segment] = []
    var sections: [Section] = []
    var sectionNames = 0

    /// Parses the headers of loaded segments and of all sections; nil if they exceed the file.
    ///
    /// - Parameter header: the file header.
    init?(_ header: ByteReader, _ format: ELFFormat, _ bytes: borrowing FileBytes) throws(BPFError) {
      guard let segmentStart = format.count(header, wide: 32, narrow: 28),
        let sectionStart = format.count(header, wide: 40, narrow: 32),
        let numbers = header.part(format.isWide ? 54 : 42, 10),
        let segmentCount = numbers.number(2, as: UInt16.self),
        let sectionCount = numbers.number(6, as: UInt16.self),
        let sectionNames = numbers.number(8, as: UInt16.self)
      else { return nil }
      // Counts that exceed 16 bits are in the header of section 0, which is not a real section.
      var first: ByteReader?
      if sectionStart > 0 {
        guard let bytes = try bytes.part(sectionStart, format.sectionByteCount) else { return nil }
        first = format.reader(bytes)
      }
      let extendedSections = first.flatMap { format.count($0, wide: 32, narrow: 20) } ?? 0
      let extendedSegments = first?.word(format.isWide ? 44 : 28) ?? 0
      let extendedSectionNames = first?.word(format.isWide ? 40 : 24) ?? 0
      guard
        let segments = try Headers.table(
          segmentStart, segmentCount == 0xffff ? extendedSegments : Int(segmentCount),
          format.segmentByteCount,
          format, bytes),
        let sections = try Headers.table(
          sectionStart, sectionStart > 0 && sectionCount == 0 ? extendedSections : Int(sectionCount),
          format.sectionByteCount, format, bytes)
      else { return nil }
      self.sectionNames = sectionNames == 0xffff ? extendedSectionNames : Int(sectionNames)
      for header in segments {
        // Debug files have program headers of segments that are in another file.
        guard let segment = format.segment(header), segment.offset <= bytes.count,
          segment.byteCount <= bytes.count - segment.offset
        else { continue }
        switch header.word(0) {
        case 1: self.segments.append(segment)
        case 0x6474_e552: relocatedMemory.append(segment)
        default: continue
        }
      }
      for header in sections {
        guard let section = format.section(header) else { return nil }
        self.sections.append(section)
      }
    }

    /// Returns consecutive headers of one size.
    private static func table(
      _ start: Int, _ count: Int, _ size: Int, _ format: ELFFormat, _ bytes: borrowing FileBytes
    ) throws(BPFError) -> [ByteReader]? {
      guard count <= bytes.count / size else { return nil }
      guard count > 0 else { return [] }
      guard let part = try bytes.part(start, count * size) else { return nil }
      let reader = format.reader(part)
      return (0..<count).compactMap { reader.part($0 * size, size) }
    }
  }
}

// MARK: - Contents

extension ExecutableFile {
  /// Reads a section's contents; throws if they exceed the file.
  func contents(of section: Section, _ what: String) throws(BPFError) -> [UInt8] {
    if section.kind != Section.zeros, let part = try bytes.part(section.offset, section.byteCount) {
      return part
    }
    throw BPFError(
      .findSymbol, .malformed, path: path,
      "the file ends before the end of \(what): it is truncated or damaged")
  }

  /// Returns the section with a name; nil if there is none.
  func section(named name: String) throws(BPFError) -> Section? {
    guard sections.indices.contains(sectionNames) else { return nil }
    let names = format.reader(try contents(of: sections[sectionNames], "the names of its sections"))
    return sections.first { names.hasName(name, at: $0.name) }
  }

  /// Returns the sections of a kind.
  func sections(ofKind kind: UInt32) -> [Section] { sections.filter { $0.kind == kind } }
}

extension ExecutableFile.Section {
  /// `SHT_SYMTAB`, `SHT_RELA`, `SHT_NOBITS`, `SHT_DYNSYM`, `SHT_GNU_verdef`, `SHT_GNU_versym`.
  static let symbols: UInt32 = 2
  static let relocations: UInt32 = 4
  static let zeros: UInt32 = 8
  static let dynamicSymbols: UInt32 = 11
  static let versionDefinitions: UInt32 = 0x6fff_fffd
  static let versionNumbers: UInt32 = 0x6fff_ffff
}

// MARK: - Addresses

extension ExecutableFile {
  /// Returns the file offset of a memory address; nil if no segment maps it from the file.
  ///
  /// - Parameter isExecutable: whether the segment must be executable.
  func fileOffset(of address: UInt64, isExecutable: Bool) -> UInt64? {
    for segment in segments where segment.isExecutable || !isExecutable {
      guard address >= segment.address, address - segment.address < segment.byteCount else { continue }
      return UInt64(segment.offset) + (address - segment.address)
    }
    return nil
  }

  /// Returns whether an executable segment contains an offset of the file.
  func isExecutable(at offset: UInt64) -> Bool {
    segments.contains {
      $0.isExecutable && offset >= $0.offset && offset - UInt64($0.offset) < $0.byteCount
    }
  }
}
