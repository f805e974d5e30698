//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// An ELF file for BPF: 64-bit, relocatable, of either byte order.
///
/// Reading verifies that all sections and symbols are within the file, so later accesses are in bounds.
struct ELFFile: Sendable {
  let header: ELFHeader

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
    let file = ELFBytes(bytes)
    header = try ELFHeader(file)
    try ELFFile.check(header)
    reader = header.format.reader(bytes)
    sections = try ELFFile.sections(try header.sections(in: file), header, reader)
    symbols = try ELFFile.symbols(in: reader, sections, header.format)
    var tables = [[Int]](repeating: [], count: sections.count)
    for section in sections.dropFirst() where tables.indices.contains(section.info) {
      guard section.type == .relocations || section.type == .relocationsWithAddends else { continue }
      tables[section.info].append(section.index)
    }
    relocationTables = tables
    isMadeByGCC = ELFFile.isMadeByGCC(reader, sections)
  }

  /// Throws if a file is not for BPF.
  private static func check(_ header: ELFHeader) throws(BPFError) {
    guard header.format.isWide else { throw .malformedObject("the file is not 64-bit (ELFCLASS64)") }
    // Compilers before LLVM 3.9 wrote EM_NONE, as BPF had no machine number.
    guard header.machine == 247 || header.machine == 0 else {
      throw .malformedObject("the file is for another machine than BPF (EM_BPF, 247)")
    }
    guard header.type == .relocatable else {
      throw .malformedObject("the file is not relocatable (ET_REL): compile it with 'clang -c'")
    }
  }
}

// MARK: - Sections

extension ELFFile {
  /// A section of an ELF file, which is within the file.
  struct Section: Sendable {
    /// Its number.
    var index: Int
    /// Its name.
    var name: String
    var type: ELFSection.Kind
    /// `SHF_*`.
    var flags: UInt64
    /// Whether it contains instructions.
    var isExecutable: Bool
    /// Its offset in the file.
    var offset: Int
    /// Its size in bytes, in the file or, for zeros, in memory.
    var byteCount: Int
    /// The index of the linked section; for symbols, the section of their names.
    var link: Int
    /// For relocations, the index of the section that they apply to.
    var info: Int
    /// Its alignment in bytes; 0 and 1 mean none.
    var alignment: Int

    init(_ section: ELFSection, index: Int, name: String) {
      (self.index, self.name, type, isExecutable) = (index, name, section.kind, section.isExecutable)
      (flags, alignment) = (section.flags, section.alignment)
      (offset, byteCount) = (section.offset, section.byteCount)
      (link, info) = (section.link, section.info)
    }
  }

  /// Returns the sections with their names.
  private static func sections(
    _ found: [ELFSection], _ header: ELFHeader, _ reader: ByteReader
  ) throws(BPFError) -> [Section] {
    guard !found.isEmpty else { throw .malformedObject("the file has no sections") }
    guard let names = header.nameSection(of: found),
      let names = reader.part(names.offset, names.byteCount)
    else { throw .malformedObject("the names of the sections lie beyond the end of the file") }
    var sections: [Section] = []
    sections.reserveCapacity(found.count)
    for (index, section) in found.enumerated() {
      // The null section's fields are unused.
      guard let name = index == 0 ? "" : names.name(section.name),
        section.kind == .zeros || index == 0 || reader.contains(section.offset, section.byteCount)
      else {
        throw .malformedObject("section \(index) has no name, or lies beyond the end of the file")
      }
      sections.append(Section(section, index: index, name: name))
    }
    return sections
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

extension BPFError {
  /// Returns an error for a file that is not a valid BPF object.
  static func malformedObject(_ reason: String) -> BPFError { BPFError(.readObject, .malformed, reason) }

  /// Returns an error for a valid file with features that this library does not support.
  static func unsupportedObject(_ reason: String) -> BPFError { BPFError(.readObject, .unsupported, reason) }
}
