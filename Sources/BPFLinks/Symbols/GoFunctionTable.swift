//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// The function table for tracebacks in a program written in Go, which stripping does not remove (`runtime.pclntab`).
///
/// The table begins with a magic number for its version: Go 1.2, 1.16, 1.18 or 1.20. See `pcHeader` in the runtime's
/// `symtab.go`.
struct GoFunctionTable: FunctionTable {
  private let bytes: ByteReader
  private let format: ELFFormat
  private let version: Version
  private let names: SymbolNames

  /// The table's address in memory.
  private let address: UInt64
  private let relocations: RelativeRelocations

  /// The number of functions.
  private let count: Int

  /// The offset of the entries: one for each function, in order, and one for the end of the last function.
  private let entries: Int

  /// The base of the functions' data, for offsets in entries.
  private let functions: Int

  /// The base address for offsets in entries; 0 if entries contain addresses.
  private let text: UInt64

  /// The version of the table.
  private enum Version: UInt32 {
    case go1_2 = 0xffff_fffb
    case go1_16 = 0xffff_fffa
    case go1_18 = 0xffff_fff0
    case go1_20 = 0xffff_fff1

    /// Whether entries contain 32-bit offsets instead of addresses.
    var isRelative: Bool { self == .go1_18 || self == .go1_20 }

    /// Returns the offsets of the table's parts; nil if they are missing.
    ///
    /// - Parameters:
    ///   - size: the size of an address, in bytes.
    ///   - number: returns a number by its index after the first 8 bytes.
    func offsets(_ size: Int, _ number: (Int) -> Int?) -> (names: Int, functions: Int, entries: Int)? {
      if self == .go1_2 { return (0, 0, 8 + size) }
      guard let names = number(isRelative ? 3 : 2), let functions = number(isRelative ? 7 : 6) else {
        return nil
      }
      return (names, functions, functions)
    }
  }

  /// Parses the table of a file; nil if there is none, or its version is unknown.
  init?(of file: ExecutableFile) throws(BPFError) {
    for name in [".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro"] {
      guard let section = try file.section(named: name) else { continue }
      // Any file may have the last one.
      if name == ".data.rel.ro", try file.section(named: ".go.buildinfo") == nil { continue }
      let reader = file.format.reader(try file.contents(of: section, "its table of Go functions"))
      guard let start = GoFunctionTable.start(in: reader, file.format),
        let table = reader.rest(start)
      else { continue }
      let relocations = try RelativeRelocations(for: section, of: file)
      guard let found = try GoFunctionTable(table, section.address &+ UInt64(start), relocations, file) else {
        continue
      }
      self = found
      return
    }
    return nil
  }

  /// Returns the offset of the table in a section: linkers other than Go's put other data before it.
  private static func start(in section: ByteReader, _ format: ELFFormat) -> Int? {
    stride(from: 0, to: section.count, by: 8).first { start in
      guard let magic = section.number(start, as: UInt32.self), Version(rawValue: magic) != nil,
        let rest = section.part(start + 4, 4)?.slice
      else { return false }
      // Two zeros, the instruction size quantum, and the size of an address.
      return rest.starts(with: [0, 0]) && [1, 2, 4].contains(rest[rest.startIndex + 2])
        && Int(rest[rest.startIndex + 3]) == format.addressByteCount
    }
  }

  private init?(
    _ bytes: ByteReader, _ address: UInt64, _ relocations: RelativeRelocations, _ file: ExecutableFile
  ) throws(BPFError) {
    format = file.format
    let size = format.addressByteCount
    func number(_ index: Int) -> Int? {
      file.format.count(bytes, wide: 8 + index * size, narrow: 8 + index * size)
    }
    guard let magic = bytes.number(0, as: UInt32.self), let version = Version(rawValue: magic),
      let count = number(0), let offsets = version.offsets(size, number),
      let texts = bytes.rest(offsets.names),
      let rest = bytes.rest(offsets.entries),
      // The table has one more entry than functions.
      count < rest.count / (version.isRelative ? 8 : 2 * size)
    else { return nil }
    (self.bytes, self.address, self.relocations) = (bytes, address, relocations)
    (self.version, self.count) = (version, count)
    (entries, functions) = (offsets.entries, offsets.functions)
    names = SymbolNames(Array(texts.slice), haveVersions: false, of: file.path)
    guard version.isRelative else {
      text = 0
      return
    }
    guard let first = bytes.word(offsets.entries), let last = bytes.word(offsets.entries + count * 8),
      let text = try GoText(
        header: bytes, at: address, relocations, functions: first...max(first, last), file)
    else { return nil }
    self.text = text.address
  }

  func forEachFunction(_ body: (FunctionEntry) -> Void) throws(BPFError) {
    var names = names
    for index in 0..<count {
      guard let start = functionAddress(index), let end = functionAddress(index + 1), end >= start,
        let nameOffset = nameOffset(index), let name = try names.name(at: nameOffset)
      else { continue }
      body(FunctionEntry(name: name, index: index, address: start, byteCount: end - start))
    }
  }

  func version(of entry: FunctionEntry) -> SymbolVersions.Version? { nil }

  /// Returns the address of a function; for the index after the last, the end of the last function.
  private func functionAddress(_ index: Int) -> UInt64? {
    if version.isRelative { return bytes.word(entries + index * 8).map { text &+ UInt64($0) } }
    let offset = entries + index * 2 * format.addressByteCount
    return relocations[address &+ UInt64(offset)] ?? format.address(bytes, wide: offset, narrow: offset)
  }

  /// Returns the offset of a function's name in the names.
  private func nameOffset(_ index: Int) -> Int? {
    let size = version.isRelative ? 4 : format.addressByteCount
    let entry = entries + index * 2 * size + size
    let function = version.isRelative ? bytes.word(entry) : format.count(bytes, wide: entry, narrow: entry)
    // The name follows the function's address, or its offset.
    return function.flatMap { $0 < bytes.count ? bytes.word(functions + $0 + size) : nil }
  }
}

/// The address of the first instruction of a Go program, the base for the offsets in its function table
/// (`runtime.text`).
private struct GoText {
  let address: UInt64

  /// Finds the address; nil if the available sources disagree with the table.
  ///
  /// - Parameters:
  ///   - header: the table.
  ///   - functions: the start of the first function and the end of the last one, as offsets from the address.
  init?(
    header: ByteReader, at address: UInt64, _ relocations: RelativeRelocations, functions: ClosedRange<Int>,
    _ file: ExecutableFile
  ) throws(BPFError) {
    // The third number after the first 8 bytes, up to Go 1.25.
    let offset = 8 + 2 * file.format.addressByteCount
    let written = file.format.address(header, wide: offset, narrow: offset)
    if let noted = relocations[address &+ UInt64(offset)] ?? written, noted != 0 {
      self.address = noted
    } else if let noted = try GoText.inModule(of: file, table: address, functions) {
      self.address = noted
    } else if let text = try file.section(named: ".text"), text.byteCount >= functions.upperBound,
      text.byteCount - functions.upperBound < 64
    {
      // The section contains only the functions: both begin at the same address.
      self.address = text.address
    } else {
      return nil
    }
  }

  /// Returns the address in `runtime.firstmoduledata`, since Go 1.26 in a separate section. It begins with the table's
  /// address. Its words 20 to 22, counted from 0, are the start of the first function, the end of the last one, and the
  /// start of the instructions.
  private static func inModule(
    of file: ExecutableFile, table: UInt64, _ functions: ClosedRange<Int>
  ) throws(BPFError) -> UInt64? {
    guard let section = try file.section(named: ".go.module") else { return nil }
    let words = file.format.reader(try file.contents(of: section, "its description of a Go module"))
    let relocations = try RelativeRelocations(for: section, of: file)
    func word(_ index: Int) -> UInt64? {
      let offset = index * file.format.addressByteCount
      return relocations[section.address &+ UInt64(offset)]
        ?? file.format.address(words, wide: offset, narrow: offset)
    }
    guard let text = word(22), word(0) == table, word(20) == text &+ UInt64(functions.lowerBound),
      word(21) == text &+ UInt64(functions.upperBound)
    else { return nil }
    return text
  }
}
