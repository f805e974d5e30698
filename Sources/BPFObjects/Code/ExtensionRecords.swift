//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
package import BTF
package import ELF

/// A record of the section `.BTF.ext` about an instruction.
package protocol ExtensionRecord: Sendable {
  /// Decodes a record that was validated when the object was read.
  ///
  /// - Parameters:
  ///   - bytes: the records of a section.
  ///   - offset: the offset of the record.
  ///   - instruction: the index of its instruction.
  ///   - names: the object's types, which contain its strings.
  init(_ bytes: ByteReader, at offset: Int, instruction: Int, names: BTFTypes?)
}

/// The records of one kind about a section of instructions, ascending by instruction.
///
/// Records are stored as bytes and decoded on demand: an object has nearly as many as instructions, and only those of
/// loaded programs are needed.
package struct ExtensionRecords<Record: ExtensionRecord>: RandomAccessCollection, Sendable {
  private let bytes: ByteReader
  private let recordByteCount: Int
  private let names: BTFTypes?

  package let endIndex: Int

  package var startIndex: Int { 0 }

  /// Creates an empty list.
  init() {
    (bytes, recordByteCount, names, endIndex) = (ByteReader([], isSwapped: false), 0, nil, 0)
  }

  /// Creates a list of validated records.
  ///
  /// - Parameters:
  ///   - parts: the records, one after the other. Compilers write one part, in order; only others are copied.
  ///   - recordByteCount: the bytes of a record.
  ///   - names: the object's types, which contain the strings of the records.
  init(_ parts: [ByteReader], recordByteCount: Int, names: BTFTypes) {
    let bytes = parts.count == 1 ? parts[0] : ByteReader(joining: parts)
    self.init(bytes, recordByteCount, names)
    guard !(indices.dropFirst().allSatisfy { instruction($0 - 1) <= instruction($0) }) else { return }
    let sorted = indices.sorted { instruction($0) < instruction($1) }
    let records = sorted.compactMap { bytes.part($0 * recordByteCount, recordByteCount) }
    self.init(ByteReader(joining: records), recordByteCount, names)
  }

  private init(_ bytes: ByteReader, _ recordByteCount: Int, _ names: BTFTypes) {
    (self.bytes, self.recordByteCount, self.names) = (bytes, recordByteCount, names)
    endIndex = bytes.count / recordByteCount
  }

  package subscript(index: Int) -> Record {
    Record(bytes, at: index * recordByteCount, instruction: instruction(index), names: names)
  }

  /// Returns the instruction index of a record without decoding the rest.
  func instruction(_ index: Int) -> Int {
    bytes.presentWord(index * recordByteCount) / Instruction.fileByteCount
  }
}

extension ByteReader {
  /// Concatenates the bytes of several parts.
  fileprivate init(joining parts: [ByteReader]) {
    self.init(parts.flatMap(\.slice), isSwapped: parts.first?.isSwapped ?? false)
  }
}

// MARK: - Kinds

extension FunctionInfo: ExtensionRecord {
  package init(_ bytes: ByteReader, at offset: Int, instruction: Int, names: BTFTypes?) {
    self.init(instruction: instruction, typeID: bytes.presentWord(offset + 4))
  }
}

extension LineInfo: ExtensionRecord {
  package init(_ bytes: ByteReader, at offset: Int, instruction: Int, names: BTFTypes?) {
    let position: UInt32 = bytes.present(offset + 12)
    self.init(
      instruction: instruction, fileNameOffset: bytes.presentWord(offset + 4),
      textOffset: bytes.presentWord(offset + 8), line: Int(position >> 10),
      column: Int(position & 0x3ff))
  }
}

extension CORERelocation: ExtensionRecord {
  package init(_ bytes: ByteReader, at offset: Int, instruction: Int, names: BTFTypes?) {
    self.init(
      instruction: instruction, typeID: bytes.presentWord(offset + 4),
      access: names?.name(at: bytes.presentWord(offset + 8)) ?? "",
      kind: Kind(rawValue: bytes.present(offset + 12)) ?? .fieldByteOffset)
  }
}
