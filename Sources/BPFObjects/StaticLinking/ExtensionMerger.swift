//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BTF

/// Merges the records of several objects about functions, lines and CO-RE relocations.
struct ExtensionMerger {
  /// Records of one kind: by section, each the same number of words.
  private struct Records {
    let byteCount: Int
    private var sections: [(name: String, bytes: [UInt8])] = []
    private var indices: [String: Int] = [:]

    init(byteCount: Int) { self.byteCount = byteCount }

    mutating func append(_ words: [UInt32], to section: String) {
      let index = indices[section] ?? sections.count
      if index == sections.count {
        sections.append((section, []))
        indices[section] = index
      }
      for word in words { sections[index].bytes.append(number: word) }
    }

    /// Returns the size of a record, then for each section its name, the number of its records, and these.
    func encoded(_ name: (String) -> UInt32) -> [UInt8] {
      guard !sections.isEmpty else { return [] }
      var bytes = [UInt8](number: UInt32(byteCount))
      for section in sections {
        bytes.append(number: name(section.name))
        bytes.append(number: UInt32(section.bytes.count / byteCount))
        bytes += section.bytes
      }
      return bytes
    }
  }

  private var functions = Records(byteCount: 8)
  private var lines = Records(byteCount: 16)
  private var relocations = Records(byteCount: 16)
  /// The strings that records refer to, each once.
  private(set) var strings: [UInt8] = [0]
  private var offsets: [String: UInt32] = ["": 0]

  /// Adds the records of an object.
  ///
  /// - Parameters:
  ///   - input: the object.
  ///   - merged: the merged sections of its sections.
  ///   - ids: the ids of its types in the linked object.
  mutating func add(_ input: LinkerInput, _ merged: [SectionMerger.MergedSection?], _ ids: [Int?])
    throws(BPFError)
  {
    guard let records = input.records else { return }
    func id(_ type: Int) throws(BPFError) -> UInt32 {
      guard ids.indices.contains(type), let id = ids[type] else {
        throw .malformedObject(
          "'\(input.name)': section '.BTF.ext' refers to type \(type), which does not exist")
      }
      return UInt32(truncatingIfNeeded: id)
    }
    for section in input.elf.sections where section.isExecutable {
      guard let destination = merged[section.index] else { continue }
      func offset(_ instruction: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: instruction * Instruction.fileByteCount + destination.offset)
      }
      for record in records.functionInfo[section.name] ?? ExtensionRecords() {
        functions.append([offset(record.instruction), try id(record.typeID)], to: section.name)
      }
      for record in records.lineInfo[section.name] ?? ExtensionRecords() {
        let position = record.line << 10 | record.column
        let file = string(input.types.string(at: record.fileNameOffset))
        let text = string(input.types.string(at: record.textOffset))
        lines.append(
          [offset(record.instruction), file, text, UInt32(truncatingIfNeeded: position)], to: section.name)
      }
      for record in records.coreRelocations[section.name] ?? ExtensionRecords() {
        let access = string(record.access)
        relocations.append(
          [offset(record.instruction), try id(record.typeID), access, record.kind.rawValue], to: section.name)
      }
    }
  }

  private mutating func string(_ text: String) -> UInt32 {
    if let known = offsets[text] { return known }
    let offset = UInt32(truncatingIfNeeded: strings.count)
    strings += text.utf8
    strings.append(0)
    offsets[text] = offset
    return offset
  }

  /// Returns the contents of `.BTF.ext`. Adds the names of sections to the strings.
  mutating func encoded() -> [UInt8] {
    let kinds = [functions, lines, relocations]
    var parts: [[UInt8]] = []
    for kind in kinds { parts.append(kind.encoded { string($0) }) }
    // `struct btf_ext_header`
    var bytes = [UInt8](number: UInt16(0xeb9f)) + [1, 0]
    bytes.append(number: UInt32(32))
    var start = 0
    for part in parts {
      bytes.append(number: UInt32(truncatingIfNeeded: start))
      bytes.append(number: UInt32(truncatingIfNeeded: part.count))
      start += part.count
    }
    return bytes + parts.joined()
  }
}
