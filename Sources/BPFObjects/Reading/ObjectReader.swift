//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import ELF

/// Reads an object from an ELF file in steps; later steps use the results of earlier ones.
struct ObjectReader {
  let elf: ELFFile
  let types: BTFTypes?

  /// The role of each section, by index.
  let roles: [SectionRole]

  /// The layouts of the data sections in BTF.
  var layouts: [DataSectionLayout] = []

  var maps: [MapDefinition] = []
  var variables: [VariableDefinition] = []
  var externs: [ExternDefinition] = []
  var code: [CodeSection] = []
  var programs: [ProgramDefinition] = []

  /// The index in `maps` of each map that a variable defines, by section and offset.
  var mapIndexByOffset: [Int: [Int: Int]] = [:]

  /// The map that holds the contents of each section.
  var dataMaps: SectionIndex

  /// The offsets of unresolved addresses in global data maps, by map name.
  var addresses: [String: [Int]] = [:]

  /// The index in `code`, by section.
  var codeIndex: SectionIndex

  /// Reads what a linker needs: sections, symbols, types, and the layouts of data sections.
  init(forLinking bytes: [UInt8]) throws(BPFError) {
    elf = try ELFFile(bytes)
    roles = elf.sections.map(SectionRole.init)
    dataMaps = SectionIndex(sectionCount: roles.count)
    codeIndex = SectionIndex(sectionCount: roles.count)
    try ObjectReader.refuseSplitCode(elf, roles)
    types = try ObjectReader.types(in: elf)
    try readLayouts()
  }

  /// Reads an object that can be loaded.
  init(_ bytes: [UInt8]) throws(BPFError) {
    try self.init(forLinking: bytes)
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

  /// Throws if the compiler split cold code off a function into `NAME.cold.1`: clang then writes an invalid type id,
  /// and the BTF reader can only report damaged types.
  private static func refuseSplitCode(_ elf: ELFFile, _ roles: [SectionRole]) throws(BPFError) {
    for symbol in elf.symbols where symbol.kind == .function && symbol.isSplitOff {
      guard roles.indices.contains(symbol.section), roles[symbol.section] == .code else { continue }
      throw .unsupportedObject(
        "the compiler split '\(symbol.name)' off its function in section '\(elf.sections[symbol.section].name)', as "
          + "cold code, and its types are damaged by that: compile with '-Xclang -fno-split-cold-code'")
    }
  }

  /// Returns the sections with a role.
  func sections(_ role: SectionRole) -> [ELFFile.Section] {
    roles.indices.lazy.filter { roles[$0] == role }.map { elf.sections[$0] }
  }

  /// Returns the first section with a role.
  func section(_ role: SectionRole) -> ELFFile.Section? {
    roles.firstIndex(of: role).map { elf.sections[$0] }
  }

  /// Returns the layout of the section with a name.
  func layout(named name: String) -> DataSectionLayout? { layouts.first { $0.name == name } }

  /// The license: the text in its section, up to a NUL.
  var license: String {
    guard let section = section(.license) else { return "" }
    return String(decoding: elf.contents(of: section).slice.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Reads the kernel version that the object declares.
  func kernelVersion() throws(BPFError) -> UInt32? {
    guard let section = section(.kernelVersion) else { return nil }
    guard section.byteCount == 4, let version = elf.contents(of: section).number(0, as: UInt32.self) else {
      throw .malformedObject("section 'version' is not a number of 4 bytes")
    }
    return version
  }
}

extension ELFFile.Symbol {
  /// Whether the symbol is a split-off part of a function: C names contain no dot.
  fileprivate var isSplitOff: Bool {
    name.utf8.contains(UInt8(ascii: ".")) && name.split(separator: ".").dropFirst().contains("cold")
  }
}
