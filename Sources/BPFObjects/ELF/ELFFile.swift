//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// An ELF file as compilers make it for BPF: 64 bits, relocatable, of either byte order.
///
/// Reading proves that every section and symbol lies where the file says, so that nothing that is found in it later can
/// be beyond its end.
struct ELFFile: Sendable {
  /// Its sections, by number. The first is none.
  let sections: [Section]

  /// Its symbols, by number.
  let symbols: [Symbol]

  /// Whether it is of the other byte order than this machine.
  var isByteSwapped: Bool { reader.isSwapped }

  let reader: ByteReader

  /// Whether gcc made it, which leaves other things open than clang does.
  let isMadeByGCC: Bool

  /// The numbers of the sections of relocations, at the index of the section that they change.
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

  /// The reader of the file's byte order, if it is an ELF file for BPF.
  private static func reader(_ bytes: [UInt8]) throws(BPFError) -> ByteReader {
    guard bytes.starts(with: [0x7f] + Array("ELF".utf8)) else {
      throw .malformedObject("this is no ELF file: it does not begin with 0x7f 'ELF'")
    }
    guard bytes.count >= 64 else { throw .malformedObject("the file ends within the head of 64 bytes") }
    guard bytes[4] == 2 else { throw .malformedObject("the file is not one of 64 bits (ELFCLASS64)") }
    guard bytes[5] == 1 || bytes[5] == 2 else {
      throw .malformedObject("the byte order \(bytes[5]) is neither little (1) nor big (2)")
    }
    let isLittle = bytes[5] == 1
    let reader = ByteReader(bytes, isSwapped: isLittle != (UInt16(littleEndian: 1) == 1))
    // Compilers before LLVM 3.9 had no number for BPF, and wrote none (EM_NONE).
    guard let machine = reader.number(18, as: UInt16.self), machine == 247 || machine == 0 else {
      throw .malformedObject("the file is for another machine than BPF (EM_BPF, 247)")
    }
    guard reader.number(16, as: UInt16.self) == 1 else {
      throw .malformedObject("the file is not relocatable (ET_REL): it is not what 'clang -c' makes")
    }
    return reader
  }
}

// MARK: - Sections

extension ELFFile {
  /// A section: a part of the file with a name.
  struct Section: Sendable {
    /// Its number.
    var index: Int
    /// Its name.
    var name: String
    /// What kind it is. `SHT_*`.
    var type: Kind
    /// Whether it is instructions. `SHF_EXECINSTR`.
    var isExecutable: Bool
    /// Where it begins in the file.
    var offset: Int
    /// How many bytes it has, in the file or, for zeros, in memory.
    var byteCount: Int
    /// The number of the section that it needs; for symbols, that of their names.
    var link: Int
    /// For relocations, the number of the section that they change.
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
    else { throw .malformedObject("the file ends within its head") }
    guard start > 0, entry == sectionHeadByteCount else {
      throw .malformedObject("the file has no sections, or their heads are not of 64 bytes")
    }
    guard let first = reader.part(start, sectionHeadByteCount) else {
      throw .malformedObject("the heads of the sections begin behind the end of the file")
    }
    // Numbers that do not fit into the file's head are in that of the first section, which is no section.
    guard let count = shortCount == 0 ? first.doubleWord(32) : Int(shortCount),
      let nameSection = shortNames == 0xffff ? first.word(40) : Int(shortNames),
      count <= reader.count / sectionHeadByteCount,
      let heads = reader.part(start, count * sectionHeadByteCount)
    else { throw .malformedObject("the heads of the sections lie behind the end of the file") }

    guard let nameHead = heads.part(nameSection * sectionHeadByteCount, sectionHeadByteCount),
      let offset = nameHead.doubleWord(24), let byteCount = nameHead.doubleWord(32),
      let names = reader.part(offset, byteCount)
    else { throw .malformedObject("the names of the sections lie behind the end of the file") }

    var sections: [Section] = []
    sections.reserveCapacity(count)
    for index in 0..<count {
      guard let head = heads.part(index * sectionHeadByteCount, sectionHeadByteCount),
        let section = section(index, head, names),
        section.type == .zeros || index == 0 || reader.contains(section.offset, section.byteCount)
      else {
        throw .malformedObject("section \(index) has no name, or lies behind the end of the file")
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
    // Of the first, which is no section, nothing is used.
    guard let name = index == 0 ? "" : names.name(name) else { return nil }
    return Section(
      index: index, name: name, type: Kind(rawValue: type), isExecutable: flags & 4 != 0, offset: offset,
      byteCount: byteCount, link: link, info: info)
  }

  /// What is in a section; nothing if it is zeros.
  func contents(of section: Section) -> ByteReader {
    let isInFile = section.type != .zeros && section.index != 0
    let part = isInFile ? reader.part(section.offset, section.byteCount) : nil
    return part ?? ByteReader([], isSwapped: reader.isSwapped)
  }

  /// The section with a number; nil for numbers that mean something else.
  func section(_ index: Int) -> Section? {
    index > 0 && index < sections.count ? sections[index] : nil
  }

  /// The first section with a name.
  func section(named name: String) -> Section? { sections.dropFirst().first { $0.name == name } }
}
