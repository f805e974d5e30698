//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BTF
internal import ELF

/// The section `.BTF.ext`: function information, line information and CO-RE relocations for each section of
/// instructions.
struct BTFExtension {
  /// The function information, by section name.
  private(set) var functionInfo: [String: ExtensionRecords<FunctionInfo>] = [:]

  /// The line information, by section name.
  private(set) var lineInfo: [String: ExtensionRecords<LineInfo>] = [:]

  /// The CO-RE relocations, by section name.
  private(set) var coreRelocations: [String: ExtensionRecords<CORERelocation>] = [:]

  private let types: BTFTypes

  init(_ bytes: ByteReader, types: BTFTypes) throws(BPFError) {
    self.types = types
    guard let magic = bytes.number(0, as: UInt16.self), let headLength = bytes.word(4), headLength >= 24,
      let body = bytes.rest(headLength)
    else { throw BTFExtension.refusal("it ends within its header") }
    guard magic == 0xeb9f else { throw BTFExtension.refusal("it does not begin with the number 0xeb9f") }
    guard bytes.number(2, as: UInt8.self) == 1 else { throw BTFExtension.refusal("its version is not 1") }

    functionInfo = try records(in: body, bytes, 8, least: 8) { (bytes, place) throws(BPFError) in
      let type = bytes.presentWord(place + 4)
      guard types[type]?.kind == .function else {
        throw BTFExtension.refusal("type \(type) is used as a function, and is not one")
      }
    }
    lineInfo = try records(in: body, bytes, 16, least: 16) { (bytes, place) throws(BPFError) in
      guard types.hasName(at: bytes.presentWord(place + 4)),
        types.hasName(at: bytes.presentWord(place + 8))
      else { throw BTFExtension.refusal("a line has a name beyond the last") }
    }
    // Older compilers write a header without these fields.
    guard headLength >= 32 else { return }
    let endID = types.endID
    coreRelocations = try records(in: body, bytes, 24, least: 16) { (bytes, place) throws(BPFError) in
      guard bytes.presentWord(place + 4) < endID,
        types.hasBoundedName(at: bytes.presentWord(place + 8))
      else { throw BTFExtension.refusal("a relocation has a type or a name beyond the last") }
      let kind: UInt32 = bytes.present(place + 12)
      guard CORERelocation.Kind(rawValue: kind) != nil else {
        throw .unsupportedObject("section '.BTF.ext' has a relocation of the unknown kind \(kind)")
      }
    }
  }

  private static func refusal(_ reason: String) -> BPFError {
    .malformedObject("section '.BTF.ext': \(reason)")
  }

  /// Validates the records of one kind: their size, then for each section its name, the record count and the records.
  ///
  /// - Parameters:
  ///   - body: the bytes after the header.
  ///   - head: the header, which has the offset and length of the records.
  ///   - place: the offset of the field in the header.
  ///   - least: the minimum record size. Newer compilers may append fields.
  ///   - check: throws if the complete record at an offset is invalid.
  private func records<Record>(
    in body: ByteReader, _ head: ByteReader, _ place: Int, least: Int,
    _ check: (ByteReader, Int) throws(BPFError) -> Void
  ) throws(BPFError) -> [String: ExtensionRecords<Record>] {
    guard let start = head.word(place), let length = head.word(place + 4),
      let bytes = body.part(start, length)
    else { throw BTFExtension.refusal("records lie beyond its end") }
    guard length > 0 else { return [:] }
    guard let size = bytes.word(0), size >= least, size % 4 == 0 else {
      throw BTFExtension.refusal(
        "its records have fewer than \(least) bytes, or do not consist of whole words")
    }
    var parts: [String: [ByteReader]] = [:]
    var offset = 4
    while offset < length {
      guard let nameOffset = bytes.word(offset), let name = types.name(at: nameOffset),
        let count = bytes.word(offset + 4), count <= length / size
      else { throw BTFExtension.refusal("it has an invalid section name or record count") }
      offset += 8
      let there = min(count, (length - offset) / size)
      for record in 0..<there {
        try check(bytes, offset + record * size)
        try BTFExtension.checkInstruction(at: bytes.presentWord(offset + record * size))
      }
      guard let part = bytes.part(offset, count * size) else {
        throw BTFExtension.refusal("it ends within a record")
      }
      parts[name, default: []].append(part)
      offset += count * size
    }
    return parts.mapValues { ExtensionRecords($0, recordByteCount: size, names: types) }
  }

  private static func checkInstruction(at offset: Int) throws(BPFError) {
    guard offset % Instruction.fileByteCount == 0 else {
      throw refusal("offset \(offset) is not the beginning of an instruction")
    }
  }
}

// MARK: - Adding records

extension ObjectReader {
  /// Reads the records and adds them to the sections of instructions.
  mutating func readExtension() throws(BPFError) {
    guard let types, let section = section(.typesExtension) else { return }
    let found = try BTFExtension(elf.contents(of: section).copy, types: types)
    for index in code.indices {
      let name = code[index].name
      code[index].functionInfo = found.functionInfo[name] ?? ExtensionRecords()
      code[index].lineInfo = found.lineInfo[name] ?? ExtensionRecords()
      let relocations = found.coreRelocations[name] ?? ExtensionRecords()
      if !relocations.isEmpty,
        relocations.instruction(relocations.count - 1) >= code[index].instructions.count
      {
        throw .malformedObject("section '.BTF.ext': a relocation is beyond the end of section '\(name)'")
      }
      code[index].coreRelocations = relocations
    }
  }
}
