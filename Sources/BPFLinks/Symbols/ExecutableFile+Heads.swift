//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall

extension ExecutableFile {
  /// What the heads in an ELF file say.
  struct Heads {
    var segments: [Segment] = []
    var relocatedMemory: [Segment] = []
    var sections: [Section] = []
    var sectionNames = 0

    /// Reads them, those of segments that are mapped and of all sections; nil if they are not all in the file.
    ///
    /// - Parameter head: what the file begins with.
    init?(_ head: ByteReader, _ format: ELFFormat, _ bytes: borrowing FileBytes) throws(BPFError) {
      guard let segmentStart = format.count(head, wide: 32, narrow: 28),
        let sectionStart = format.count(head, wide: 40, narrow: 32),
        let numbers = head.part(format.isWide ? 54 : 42, 10),
        let segmentCount = numbers.number(2, as: UInt16.self),
        let sectionCount = numbers.number(6, as: UInt16.self),
        let sectionNames = numbers.number(8, as: UInt16.self)
      else { return nil }
      // Numbers that do not fit there are in the head of the first section, which is no section.
      var first: ByteReader?
      if sectionStart > 0 {
        guard let bytes = try bytes.part(sectionStart, format.sectionByteCount) else { return nil }
        first = format.reader(bytes)
      }
      let moreSections = first.flatMap { format.count($0, wide: 32, narrow: 20) } ?? 0
      let moreSegments = first?.word(format.isWide ? 44 : 28) ?? 0
      let lateNames = first?.word(format.isWide ? 40 : 24) ?? 0
      guard
        let segments = try Heads.table(
          segmentStart, segmentCount == 0xffff ? moreSegments : Int(segmentCount), format.segmentByteCount,
          format, bytes),
        let sections = try Heads.table(
          sectionStart, sectionStart > 0 && sectionCount == 0 ? moreSections : Int(sectionCount),
          format.sectionByteCount, format, bytes)
      else { return nil }
      self.sectionNames = sectionNames == 0xffff ? lateNames : Int(sectionNames)
      for head in segments {
        // Files with nothing but symbols for a debugger have heads of segments that are elsewhere.
        guard let segment = format.segment(head), segment.offset <= bytes.count,
          segment.byteCount <= bytes.count - segment.offset
        else { continue }
        switch head.word(0) {
        case 1: self.segments.append(segment)
        case 0x6474_e552: relocatedMemory.append(segment)
        default: continue
        }
      }
      for head in sections {
        guard let section = format.section(head) else { return nil }
        self.sections.append(section)
      }
    }

    /// Heads of a size, one behind the other.
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
  /// What is in a section, which must be all there.
  func contents(of section: Section, _ what: String) throws(BPFError) -> [UInt8] {
    if section.kind != Section.zeros, let part = try bytes.part(section.offset, section.byteCount) {
      return part
    }
    throw BPFError(
      .findSymbol, .malformed, path: path, "\(what) lie behind the end of the file: it is cut off or damaged")
  }

  /// The section with a name; nil if there is none.
  func section(named name: String) throws(BPFError) -> Section? {
    guard sections.indices.contains(sectionNames) else { return nil }
    let names = format.reader(try contents(of: sections[sectionNames], "the names of its sections"))
    return sections.first { names.hasName(name, at: $0.name) }
  }

  /// The sections of a kind.
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
  /// Where in the file an address is mapped from; nil if from nowhere.
  ///
  /// - Parameter isExecutable: whether it must be mapped as instructions.
  func fileOffset(of address: UInt64, isExecutable: Bool) -> UInt64? {
    for segment in segments where segment.isExecutable || !isExecutable {
      guard address >= segment.address, address - segment.address < segment.byteCount else { continue }
      return UInt64(segment.offset) + (address - segment.address)
    }
    return nil
  }

  /// Whether what is at an offset in the file is mapped as instructions.
  func isExecutable(at offset: UInt64) -> Bool {
    segments.contains {
      $0.isExecutable && offset >= $0.offset && offset - UInt64($0.offset) < $0.byteCount
    }
  }
}
