//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// The section `.BTF.ext`: what the types do not tell of functions, lines and the kernel's types, for each section of
/// instructions.
struct BTFExtension {
  /// The types of functions, by the name of the section.
  private(set) var functionInfo: [String: [FunctionInfo]] = [:]

  /// The lines of the source, by the name of the section.
  private(set) var lineInfo: [String: [LineInfo]] = [:]

  /// What depends on the kernel's types, by the name of the section.
  private(set) var coreRelocations: [String: [CORERelocation]] = [:]

  private let types: BTFTypes

  init(_ bytes: ByteReader, types: BTFTypes) throws(BPFError) {
    self.types = types
    guard let magic = bytes.number(0, as: UInt16.self), let headLength = bytes.word(4), headLength >= 24,
      let body = bytes.rest(headLength)
    else { throw BTFExtension.refusal("it ends within its head") }
    guard magic == 0xeb9f else { throw BTFExtension.refusal("it does not begin with the number 0xeb9f") }
    guard bytes.number(2, as: UInt8.self) == 1 else { throw BTFExtension.refusal("its version is not 1") }

    functionInfo = try records(in: body, bytes, 8, least: 8) { (bytes, place) throws(BPFError) in
      guard let offset = bytes.word(place), let type = bytes.word(place + 4) else { return nil }
      guard types[type]?.kind == .function else {
        throw BTFExtension.refusal("type \(type) is said to be a function, and is none")
      }
      return FunctionInfo(instruction: try BTFExtension.instruction(offset), typeID: type)
    }
    lineInfo = try records(in: body, bytes, 16, least: 16) { (bytes, place) throws(BPFError) in
      guard let offset = bytes.word(place), let file = bytes.word(place + 4),
        let text = bytes.word(place + 8), let position = bytes.word(place + 12)
      else { return nil }
      guard types.hasName(at: file), types.hasName(at: text) else {
        throw BTFExtension.refusal("a line has a name behind the last")
      }
      return LineInfo(
        instruction: try BTFExtension.instruction(offset), fileNameOffset: file, textOffset: text,
        line: position >> 10, column: position & 0x3ff)
    }
    // Older compilers end the head before the place of these.
    guard headLength >= 32 else { return }
    coreRelocations = try records(in: body, bytes, 24, least: 16) { (bytes, place) throws(BPFError) in
      guard let offset = bytes.word(place), let type = bytes.word(place + 4),
        let access = bytes.word(place + 8), let kind = bytes.number(place + 12, as: UInt32.self)
      else { return nil }
      guard types[type] != nil, let access = types.name(at: access) else {
        throw BTFExtension.refusal("a relocation has a type or a name behind the last")
      }
      guard let kind = CORERelocation.Kind(rawValue: kind) else {
        throw .unsupportedObject("section '.BTF.ext' has a relocation of the unknown kind \(kind)")
      }
      return CORERelocation(
        instruction: try BTFExtension.instruction(offset), typeID: type, access: access, kind: kind)
    }
  }

  private static func refusal(_ reason: String) -> BPFError {
    .malformedObject("section '.BTF.ext': \(reason)")
  }

  /// The number of the instruction at an offset in bytes.
  private static func instruction(_ offset: Int) throws(BPFError) -> Int {
    guard offset % Instruction.fileByteCount == 0 else {
      throw refusal("offset \(offset) is not the beginning of an instruction")
    }
    return offset / Instruction.fileByteCount
  }

  /// Reads the records of one kind: their size, then for each section its name, how many they are, and the records.
  ///
  /// - Parameters:
  ///   - body: what follows the head.
  ///   - head: the head, which has the offset of the records in the body, and their length.
  ///   - place: where in the head it has them.
  ///   - least: the size of a record as it has been from the beginning. Newer compilers may append to it.
  private func records<Record>(
    in body: ByteReader, _ head: ByteReader, _ place: Int, least: Int,
    _ read: (ByteReader, Int) throws(BPFError) -> Record?
  ) throws(BPFError) -> [String: [Record]] {
    guard let start = head.word(place), let length = head.word(place + 4),
      let bytes = body.part(start, length)
    else { throw BTFExtension.refusal("records lie behind its end") }
    guard length > 0 else { return [:] }
    guard let size = bytes.word(0), size >= least, size % 4 == 0 else {
      throw BTFExtension.refusal("its records have less than \(least) bytes, or are not of whole words")
    }
    var found: [String: [Record]] = [:]
    var offset = 4
    while offset < length {
      guard let nameOffset = bytes.word(offset), let name = types.name(at: nameOffset),
        let count = bytes.word(offset + 4), count <= length / size
      else { throw BTFExtension.refusal("it tells of a section without a name, or of more than it has") }
      offset += 8
      var records = found.removeValue(forKey: name) ?? []
      records.reserveCapacity(records.count + count)
      for _ in 0..<count {
        guard bytes.contains(offset, size), let record = try read(bytes, offset) else {
          throw BTFExtension.refusal("it ends within a record")
        }
        records.append(record)
        offset += size
      }
      found[name] = records
    }
    return found
  }
}

// MARK: - In an object

extension ObjectReader {
  /// Reads what is known of instructions, and adds it to their sections.
  mutating func readExtension() throws(BPFError) {
    guard let types, let section = section(.typesExtension) else { return }
    let found = try BTFExtension(elf.contents(of: section), types: types)
    for index in code.indices {
      let name = code[index].name
      code[index].functionInfo = ObjectReader.ascending(found.functionInfo[name] ?? []) { $0.instruction }
      code[index].lineInfo = ObjectReader.ascending(found.lineInfo[name] ?? []) { $0.instruction }
      code[index].coreRelocations = ObjectReader.ascending(found.coreRelocations[name] ?? []) {
        $0.instruction
      }
      let count = code[index].instructions.count
      guard (code[index].coreRelocations.last?.instruction ?? 0) < count else {
        throw .malformedObject("section '.BTF.ext': a relocation is behind the end of section '\(name)'")
      }
    }
  }

  /// Records by instruction. Compilers write them in order.
  private static func ascending<Record>(_ records: [Record], _ key: (Record) -> Int) -> [Record] {
    let isAscending = zip(records, records.dropFirst()).allSatisfy { key($0) <= key($1) }
    return isAscending ? records : records.sorted { key($0) < key($1) }
  }
}
