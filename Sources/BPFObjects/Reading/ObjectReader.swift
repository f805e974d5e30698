//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// Makes an object of an ELF file, step by step: later steps use what earlier ones found.
struct ObjectReader {
  let elf: ELFFile
  let types: BTFTypes?

  /// What each section of the file is, by its number.
  let roles: [SectionRole]

  /// The layouts of the sections that the types tell of.
  var layouts: [DataSectionLayout] = []

  var maps: [MapDefinition] = []
  var variables: [VariableDefinition] = []
  var externs: [ExternDefinition] = []
  var code: [CodeSection] = []
  var programs: [ProgramDefinition] = []

  /// Where the maps are that variables stand for: by section of the file, then by offset.
  var placedMaps: [Int: [Int: Int]] = [:]

  /// Which map holds the contents of a section of the file.
  var dataMaps: SectionIndex

  /// The offsets of addresses in maps of global data, by the name of the map. The compiler left them to be filled in.
  var addresses: [String: [Int]] = [:]

  /// The index in `code` of a section of the file.
  var codeIndex: SectionIndex

  init(_ bytes: [UInt8]) throws(BPFError) {
    elf = try ELFFile(bytes)
    roles = elf.sections.map(SectionRole.init)
    dataMaps = SectionIndex(sectionCount: roles.count)
    codeIndex = SectionIndex(sectionCount: roles.count)
    try ObjectReader.refuseSplitCode(elf, roles)
    types = try ObjectReader.types(in: elf)
    try readLayouts()
    try readDeclaredMaps()
    try readLegacyMaps()
    try readGlobalData()
    try readExterns()
    try readStructOps()
    readVariables()
    try readCode()
    try readReferences()
    try readAddresses()
    try readInitialValues()
    try readOperations()
    try readExtension()
    for index in code.indices { code[index].assignRecords() }
  }

  private static func types(in elf: ELFFile) throws(BPFError) -> BTFTypes? {
    guard let section = elf.section(named: ".BTF") else { return nil }
    do throws(BPFError) {
      return try BTFTypes(Array(elf.contents(of: section).slice))
    } catch {
      throw .malformedObject("section '.BTF': \(error.explanation)")
    }
  }

  /// Throws if the compiler moved cold code out of a function, into `NAME.cold.1`: clang then writes a number in the types
  /// that is not a type's, and what reads the types says only that they are damaged.
  private static func refuseSplitCode(_ elf: ELFFile, _ roles: [SectionRole]) throws(BPFError) {
    for symbol in elf.symbols where symbol.kind == .function && symbol.isSplitOff {
      guard roles.indices.contains(symbol.section), roles[symbol.section] == .code else { continue }
      throw .unsupportedObject(
        "the compiler split '\(symbol.name)' off its function in section '\(elf.sections[symbol.section].name)', as "
          + "cold code, and its types are damaged by that: compile with '-Xclang -fno-split-cold-code'")
    }
  }

  /// The sections that are something to an object.
  func sections(_ role: SectionRole) -> [ELFFile.Section] {
    roles.indices.lazy.filter { roles[$0] == role }.map { elf.sections[$0] }
  }

  /// The first of these.
  func section(_ role: SectionRole) -> ELFFile.Section? {
    roles.firstIndex(of: role).map { elf.sections[$0] }
  }

  /// The layout of the section with a name.
  func layout(named name: String) -> DataSectionLayout? { layouts.first { $0.name == name } }

  /// The license: the text in its section, up to a NUL.
  var license: String {
    guard let section = section(.license) else { return "" }
    return String(decoding: elf.contents(of: section).slice.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The version of the kernel that the object says it is for.
  func kernelVersion() throws(BPFError) -> UInt32? {
    guard let section = section(.kernelVersion) else { return nil }
    guard section.byteCount == 4, let version = elf.contents(of: section).number(0, as: UInt32.self) else {
      throw .malformedObject("section 'version' is not a number of 4 bytes")
    }
    return version
  }
}

extension ELFFile.Symbol {
  /// Whether it is a part of a function that was split off: no name in C has a dot.
  fileprivate var isSplitOff: Bool {
    name.utf8.contains(UInt8(ascii: ".")) && name.split(separator: ".").dropFirst().contains("cold")
  }
}
