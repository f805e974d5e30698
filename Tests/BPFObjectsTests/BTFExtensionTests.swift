//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import BTF
import ELF
import Testing

@testable import BPFObjects

@Suite("The .BTF.ext section")
struct BTFExtensionTests {
  /// Whether to write bytes in the opposite of this machine's byte order.
  static let orders = [false, true]

  @Test("Merges the parts of a section into one list in ascending order", arguments: orders)
  func parts(isSwapped: Bool) throws {
    let file = try ExtensionFile(isSwapped: isSwapped)
    let found = try file.read(
      functions: [ExtensionFile.Part([[16, 3], [8, 3]])],
      lines: [ExtensionFile.Part([[24, 5, 1, 7 << 10 | 3, 99], [0, 1, 5, 4 << 10, 99]])],
      relocations: [
        ExtensionFile.Part([[40, 1, 10, 0], [32, 3, 10, 8]]), ExtensionFile.Part([[0, 1, 10, 9]], name: 5),
        ExtensionFile.Part([[8, 2, 10, 2]]),
      ])
    let functions = try #require(found.functionInfo["tc"])
    #expect(functions.map(\.instruction) == [1, 2] && functions.allSatisfy { $0.typeID == 3 })
    // Newer compilers may append a fifth word.
    #expect(
      found.lineInfo["tc"].map(Array.init) == [
        LineInfo(instruction: 0, fileNameOffset: 1, textOffset: 5, line: 4, column: 0),
        LineInfo(instruction: 3, fileNameOffset: 5, textOffset: 1, line: 7, column: 3),
      ])
    #expect(
      found.coreRelocations["tc"].map(Array.init) == [
        CORERelocation(instruction: 1, typeID: 2, access: "0:1", kind: .fieldExists),
        CORERelocation(instruction: 4, typeID: 3, access: "0:1", kind: .typeExists),
        CORERelocation(instruction: 5, typeID: 1, access: "0:1", kind: .fieldByteOffset),
      ])
    #expect(found.coreRelocations["f"]?.map(\.kind) == [.typeByteSize] && found.lineInfo["f"] == nil)
  }

  @Test("Validates each record when reading the section", arguments: orders)
  func refusals(isSwapped: Bool) throws {
    let file = try ExtensionFile(isSwapped: isSwapped)
    func refusal(
      functions: [[Int]] = [], lines: [[Int]] = [], relocations: [[Int]] = [], count: Int? = nil
    ) -> BPFError? {
      #expect(throws: BPFError.self) {
        try file.read(
          functions: functions.isEmpty ? [] : [ExtensionFile.Part(functions, count: count)],
          lines: lines.isEmpty ? [] : [ExtensionFile.Part(lines, count: count)],
          relocations: relocations.isEmpty ? [] : [ExtensionFile.Part(relocations, count: count)])
      }
    }
    let good = [0, 1, 10, 0]
    #expect(
      refusal(functions: [[0, 3], [8, 1]])?.explanation.contains("type 1 is used as a function") == true)
    #expect(refusal(functions: [[4, 3]])?.explanation.contains("offset 4 is not the beginning") == true)
    #expect(refusal(lines: [[0, file.endOfNames, 1, 0]])?.explanation.contains("beyond the last") == true)
    #expect(refusal(lines: [[0, 1, file.endOfNames, 0]])?.explanation.contains("beyond the last") == true)
    #expect(refusal(relocations: [good, [0, 4, 10, 0]])?.explanation.contains("beyond the last") == true)
    let nameless = refusal(relocations: [[0, 1, file.endOfNames, 0]])
    #expect(nameless?.explanation.contains("beyond the last") == true)
    #expect(refusal(relocations: [good, [0, 1, 10, 13]])?.code == .unsupported)
    #expect(refusal(relocations: [good], count: 2)?.explanation.contains("an invalid section name") == true)
    #expect(refusal(functions: [[0, 3]], count: 2)?.explanation.contains("within a record") == true)
  }

  @Test("Rejects a CO-RE access string longer than the maximum name length")
  func longName() throws {
    let file = try ExtensionFile(isSwapped: false, lastNameLength: 4097)
    let relocation = [0, 1, file.lastName, 0]
    #expect(throws: BPFError.self) { try file.read(relocations: [ExtensionFile.Part([relocation])]) }
    // The text of a source line may be that long.
    #expect(
      try file.read(lines: [ExtensionFile.Part([[0, 1, file.lastName, 0]])]).lineInfo["tc"]?.count == 1)
    let short = try ExtensionFile(isSwapped: false, lastNameLength: 4096)
    #expect(try short.read(relocations: [ExtensionFile.Part([relocation])]).coreRelocations["tc"]?.count == 1)
  }
}

/// BTF and a matching .BTF.ext section, assembled byte by byte.
private struct ExtensionFile {
  /// A part: the records of one section.
  struct Part {
    let words: [Int]
    let recordByteCount: Int

    /// - Parameters:
    ///   - records: the words of each record.
    ///   - name: the offset of the section's name: 7 is `tc`, 5 is `f`.
    ///   - count: the record count to write, if it is to differ from the actual count.
    init(_ records: [[Int]], name: Int = 7, count: Int? = nil) {
      words = [name, count ?? records.count] + records.joined()
      recordByteCount = (records.first?.count ?? 0) * 4
    }
  }

  let types: BTFTypes
  let lastName: Int
  let endOfNames: Int
  private let isSwapped: Bool

  /// Creates the types 1 (`int`), 2 (a prototype) and 3 (the function `f`).
  init(isSwapped: Bool, lastNameLength: Int = 1) throws {
    self.isSwapped = isSwapped
    var names = Array("\0int\0f\0tc\00:1\0".utf8)
    lastName = names.count
    names += [UInt8](repeating: UInt8(ascii: "0"), count: lastNameLength) + [0]
    endOfNames = names.count
    let words = [1, 1 << 24, 4, 32] + [0, 13 << 24, 1] + [5, 12 << 24, 2]
    types = try BTFTypes(
      ExtensionFile.header(isSwapped)
        + ExtensionFile.bytes([24, 0, words.count * 4, words.count * 4, names.count] + words, isSwapped)
        + names)
  }

  func read(
    functions: [Part] = [], lines: [Part] = [], relocations: [Part] = []
  ) throws -> BTFExtension {
    let lists = [functions, lines, relocations].map { parts -> [Int] in
      parts.isEmpty ? [] : [parts[0].recordByteCount] + parts.flatMap(\.words)
    }
    var (offsetsAndSizes, end) = ([Int](), 0)
    for list in lists {
      offsetsAndSizes += [end, list.count * 4]
      end += list.count * 4
    }
    let bytes =
      ExtensionFile.header(isSwapped)
      + ExtensionFile.bytes([32] + offsetsAndSizes + lists.joined(), isSwapped)
    return try BTFExtension(ByteReader(bytes, isSwapped: isSwapped), types: types)
  }

  private static func header(_ isSwapped: Bool) -> [UInt8] {
    let isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
    return (isLittle ? [0x9f, 0xeb] : [0xeb, 0x9f]) + [1, 0]
  }

  private static func bytes(_ words: [Int], _ isSwapped: Bool) -> [UInt8] {
    words.flatMap { word -> [UInt8] in
      let word = UInt32(truncatingIfNeeded: word)
      let bytes = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
      let isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
      return isLittle ? bytes : bytes.reversed()
    }
  }
}
