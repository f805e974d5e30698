//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall

/// The functions in the table that each program written in Go has for its tracebacks, also when it was stripped
/// (`runtime.pclntab`).
///
/// The table begins with a number for its form, of which there are those of Go 1.2, 1.16, 1.18 and 1.20. See `pcHeader` in
/// the runtime's `symtab.go`.
struct GoFunctionTable: FunctionTable {
  private let bytes: ByteReader
  private let format: ELFFormat
  private let form: Form
  private let names: SymbolNames

  /// Where the table is in memory.
  private let address: UInt64
  private let relocations: RelativeRelocations

  /// How many functions there are.
  private let count: Int

  /// The offset of an entry for each function, in order, and one that says where the last function ends.
  private let entries: Int

  /// What entries say of functions is so many bytes further.
  private let functions: Int

  /// The address that entries count from; 0 if they have addresses.
  private let text: UInt64

  /// What the forms of the table have different.
  private enum Form: UInt32 {
    case go1_2 = 0xffff_fffb
    case go1_16 = 0xffff_fffa
    case go1_18 = 0xffff_fff0
    case go1_20 = 0xffff_fff1

    /// Whether entries have offsets of 32 bits and not addresses.
    var isRelative: Bool { self == .go1_18 || self == .go1_20 }

    /// Where the parts of the table are; nil if it does not tell.
    ///
    /// - Parameters:
    ///   - size: bytes of an address.
    ///   - number: the numbers after the first 8 bytes.
    func places(_ size: Int, _ number: (Int) -> Int?) -> (names: Int, functions: Int, entries: Int)? {
      if self == .go1_2 { return (0, 0, 8 + size) }
      guard let names = number(isRelative ? 3 : 2), let functions = number(isRelative ? 7 : 6) else {
        return nil
      }
      return (names, functions, functions)
    }
  }

  /// Reads the table of a file; nil if it has none, or one of an unknown form.
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

  /// Where the table begins in a section: a linker that is not Go's puts other data before it.
  private static func start(in section: ByteReader, _ format: ELFFormat) -> Int? {
    stride(from: 0, to: section.count, by: 8).first { start in
      guard let magic = section.number(start, as: UInt32.self), Form(rawValue: magic) != nil,
        let rest = section.part(start + 4, 4)?.slice
      else { return false }
      // Two zeros, how long instructions are, and how long addresses.
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
    guard let magic = bytes.number(0, as: UInt32.self), let form = Form(rawValue: magic),
      let count = number(0), let places = form.places(size, number), let texts = bytes.rest(places.names),
      let rest = bytes.rest(places.entries),
      // One more entry than there are functions.
      count < rest.count / (form.isRelative ? 8 : 2 * size)
    else { return nil }
    (self.bytes, self.address, self.relocations) = (bytes, address, relocations)
    (self.form, self.count) = (form, count)
    (entries, functions) = (places.entries, places.functions)
    names = SymbolNames(Array(texts.slice), haveVersions: false, of: file.path)
    guard form.isRelative else {
      text = 0
      return
    }
    guard let first = bytes.word(places.entries), let last = bytes.word(places.entries + count * 8),
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

  /// The address of a function's first instruction; of the one after the last, where that ends.
  private func functionAddress(_ index: Int) -> UInt64? {
    if form.isRelative { return bytes.word(entries + index * 8).map { text &+ UInt64($0) } }
    let offset = entries + index * 2 * format.addressByteCount
    return relocations[address &+ UInt64(offset)] ?? format.address(bytes, wide: offset, narrow: offset)
  }

  /// Where the name of a function is among the names.
  private func nameOffset(_ index: Int) -> Int? {
    let size = form.isRelative ? 4 : format.addressByteCount
    let entry = entries + index * 2 * size + size
    let function = form.isRelative ? bytes.word(entry) : format.count(bytes, wide: entry, narrow: entry)
    // The name follows the function's address, or its offset.
    return function.flatMap { $0 < bytes.count ? bytes.word(functions + $0 + size) : nil }
  }
}

/// Where the instructions of a program written in Go begin, from which its table of functions counts (`runtime.text`).
private struct GoText {
  let address: UInt64

  /// Finds it; nil if the places that may tell do not agree with the table.
  ///
  /// - Parameters:
  ///   - header: the table.
  ///   - functions: where the first function begins and the last one ends, counted from the instructions.
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
      // Nothing else is in the section: it begins where they do.
      self.address = text.address
    } else {
      return nil
    }
  }

  /// What `runtime.firstmoduledata` says, since Go 1.26 in a section of its own: it begins with the table's address, and
  /// the twenty-first to twenty-third words are where the first function begins, where the last one ends, and the
  /// beginning of the instructions.
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
