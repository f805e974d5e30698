//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// An ELF file for BPF: 64-bit, relocatable, of either byte order.
///
/// Reading verifies that all sections and symbols are within the file, so later accesses are in bounds.
struct ELFFile: Sendable {
  /// The sections by index. The first is null.
  let sections: [Section]

  /// The symbols by index.
  let symbols: [Symbol]

  /// Whether its byte order is the opposite of this machine's.
  var isByteSwapped: Bool { reader.isSwapped }

  let reader: ByteReader

  /// Whether gcc compiled it, which leaves other fields open than clang does.
  let isMadeByGCC: Bool

  /// The indices of relocation sections, by the index of the section they apply to.
  let relocationTables: [[Int]]

  init(_ bytes: [UInt8]) throws(BPFError) {
    reader = try ELFFile.reader(bytes)
    sections = try ELFFile.sections(in: reader)
    symbols = try ELFFile.symbols(in: reader, sections)
    var tables = [[Int]](repeating: [], count: sections.count)
    for section in sections.dropFirst() where tables.indices.contains(section.info) {
      guard section.type == .relocations || section.type == .relocationsWithAddends else { continue }
      tables[section.info].append(section.index)
    }
    relocationTables = tables
    isMadeByGCC = ELFFile.isMadeByGCC(reader, sections)
  }

  /// Returns a reader with the file's byte order, if it is an ELF file for BPF.
  private static func reader(_ bytes: [UInt8]) throws(BPFError) -> ByteReader {
    guard bytes.starts(with: [0x7f] + Array("ELF".utf8)) else {
      throw .malformedObject("not an ELF file: it does not begin with 0x7f 'ELF'")
    }
    guard bytes.count >= 64 else { throw .malformedObject("the file ends within the 64-byte header") }
    guard bytes[4] == 2 else { throw .malformedObject("the file is not 64-bit (ELFCLASS64)") }
    guard bytes[5] == 1 || bytes[5] == 2 else {
      throw .malformedObject("the byte order \(bytes[5]) is neither little (1) nor big (2)")
    }
    let isLittle = bytes[5] == 1
    let reader = ByteReader(bytes, isSwapped: isLittle != (UInt16(littleEndian: 1) == 1))
    // Compilers before LLVM 3.9 wrote EM_NONE, as BPF had no machine number.
    guard let machine = reader.number(18, as: UInt16.self), machine == 247 || machine == 0 else {
      throw .malformedObject("the file is for another machine than BPF (EM_BPF, 247)")
    }
    guard reader.number(16, as: UInt16.self) == 1 else {
      throw .malformedObject("the file is not relocatable (ET_REL): compile it with 'clang -c'")
    }
    return reader
  }
}

// MARK: - Sections

extension ELFFile {
  /// A section of an ELF file.
  struct Section: Sendable {
    /// Its number.
    var index: Int
    /// Its name.
    var name: String
    /// Its type. `SHT_*`.
    var type: Kind
    /// Whether it contains instructions. `SHF_EXECINSTR`.
    var isExecutable: Bool
    /// Its offset in the file.
    var offset: Int
    /// Its size in bytes, in the file or, for zeros, in memory.
    var byteCount: Int
    /// The index of the linked section; for symbols, the section of their names.
    var link: Int
    /// For relocations, the index of the section that they apply to.
    var info: Int
  }

  /// The kind of a section.
  struct Kind: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt32
    static let bytes = Kind(rawValue: 1)
    static let symbols = Kind(rawValue: 2)
    static let relocationsWithAddends = Kind(rawValue: 4)
    static let zeros = Kind(rawValue: 8)
    static let relocations = Kind(rawValue: 9)
  }

  private static let sectionHeadByteCount = 64

  private static func sections(in reader: ByteReader) throws(BPFError) -> [Section] {
    guard let start = reader.doubleWord(40), let entry = reader.number(58, as: UInt16.self),
      let shortCount = reader.number(60, as: UInt16.self), let shortNames = reader.number(62, as: UInt16.self)
    else { throw .malformedObject("the file ends within its header") }
    guard start > 0, entry == sectionHeadByteCount else {
      throw .malformedObject("the file has no sections, or their headers do not have 64 bytes")
    }
    guard let first = reader.part(start, sectionHeadByteCount) else {
      throw .malformedObject("the section headers begin beyond the end of the file")
    }
    // Counts that do not fit into the file header are in the null section's header.
    guard let count = shortCount == 0 ? first.doubleWord(32) : Int(shortCount),
      let nameSection = shortNames == 0xffff ? first.word(40) : Int(shortNames),
      count <= reader.count / sectionHeadByteCount,
      let heads = reader.part(start, count * sectionHeadByteCount)
    else { throw .malformedObject("the section headers lie beyond the end of the file") }

    guard let nameHead = heads.part(nameSection * sectionHeadByteCount, sectionHeadByteCount),
      let offset = nameHead.doubleWord(24), let byteCount = nameHead.doubleWord(32),
      let names = reader.part(offset, byteCount)
    else { throw .malformedObject("the names of the sections lie beyond the end of the file") }

    var sections: [Section] = []
    sections.reserveCapacity(count)
    for index in 0..<count {
      guard let head = heads.part(index * sectionHeadByteCount, sectionHeadByteCount),
        let section = section(index, head, names),
        section.type == .zeros || index == 0 || reader.contains(section.offset, section.byteCount)
      else {
        throw .malformedObject("section \(index) has no name, or lies beyond the end of the file")
      }
      sections.append(section)
    }
    return sections
  }

  private static func section(_ index: Int, _ head: ByteReader, _ names: ByteReader) -> Section? {
    guard let name = head.word(0), let type = head.number(4, as: UInt32.self),
      let flags = head.number(8, as: UInt64.self), let offset = head.doubleWord(24),
      let byteCount = head.doubleWord(32), let link = head.word(40), let info = head.word(44)
    else { return nil }
    // The null section's fields are unused.
    guard let name = index == 0 ? "" : names.name(name) else { return nil }
    return Section(
      index: index, name: name, type: Kind(rawValue: type), isExecutable: flags & 4 != 0, offset: offset,
      byteCount: byteCount, link: link, info: info)
  }

  /// Returns the contents of a section; empty for zeros.
  func contents(of section: Section) -> ByteReader {
    let isInFile = section.type != .zeros && section.index != 0
    let part = isInFile ? reader.part(section.offset, section.byteCount) : nil
    return part ?? ByteReader([], isSwapped: reader.isSwapped)
  }

  /// Returns the section at an index; nil for reserved indices.
  func section(_ index: Int) -> Section? {
    index > 0 && index < sections.count ? sections[index] : nil
  }

  /// Returns the first section with a name.
  func section(named name: String) -> Section? { sections.dropFirst().first { $0.name == name } }
}
