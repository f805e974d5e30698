//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFSyscall
import BTF
import KernelFixtures
import Testing

@testable import BPFObjects

/// A C source compiled for BPF, with the object's BTF and CO-RE relocations.
///
/// It parses the file itself, so that these tests do not depend on the library's reader.
struct COREFixture {
  /// The object's own types, and their bytes.
  let types: BTFTypes
  let btf: [UInt8]

  /// The instructions by section.
  private(set) var instructions: [String: [Instruction]] = [:]

  /// The relocations by section.
  private(set) var relocations: [String: [CORERelocation]] = [:]

  /// The beginning of every source.
  static let prelude = """
    typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;
    typedef short s16; typedef int s32; typedef long long s64; typedef _Bool bool;
    #pragma clang diagnostic ignored "-Wmissing-declarations"
    #define core __attribute__((preserve_access_index))
    #define program(name) __attribute__((section(#name), used)) u64 in_##name
    #define type_info(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
    #define field_info(field, kind) __builtin_preserve_field_info(field, kind)
    #define enumerator_info(type, name, kind) __builtin_preserve_enum_value(*(type *)name, kind)
    #define type_id(type, kind) __builtin_btf_type_id(*(type *)0, kind)

    """

  /// Compiles a source. `keep` lists types that the BTF must contain even if they are unused.
  init(_ source: String, keep: [String] = []) throws {
    let kept = keep.enumerated().map { "\($1) *kept\($0);\n" }.joined()
    self = try withTemporaryDirectory { directory in
      let path = directory.appending("object.o")
      try Toolchain.compile(
        Self.prelude + source + "\n" + kept
          + "char granted[] __attribute__((section(\"license\"), used)) = \"GPL\";\n", to: path)
      return try COREFixture(object: KernelFile.bytes(of: path))
    }
  }

  /// Reads an object file.
  init(object: [UInt8]) throws {
    let sections = Self.sections(of: object)
    btf = try #require(sections[".BTF"])
    types = try BTFTypes(btf)
    for (name, section) in sections where !name.hasPrefix(".") {
      instructions[name] = stride(from: 0, to: section.count / 8 * 8, by: 8).map {
        Instruction(section, at: $0)
      }
    }
    if let extra = sections[".BTF.ext"] { relocations = Self.relocations(in: extra, names: btf) }
  }

  /// The bytes of the types in the opposite byte order.
  var swapped: [UInt8] {
    let head = Int(btf.number(at: 4, 4))
    let end = head + Int(btf.number(at: 12, 4))
    var bytes = btf
    bytes.swapAt(0, 1)
    for word in stride(from: 4, to: end, by: 4) { bytes[word..<word + 4].reverse() }
    return bytes
  }

  /// Applies the relocations of a section to a copy of its instructions.
  func relocated(
    _ section: String, by relocator: inout CORERelocator
  ) throws(BPFError) -> (
    numbers: [Int64?], unresolved: [CORERelocator.Unresolved], instructions: [Instruction]
  ) {
    var instructions = instructions[section] ?? []
    let relocations = relocations[section] ?? []
    let unresolved = try relocator.apply(relocations, to: &instructions)
    return (relocations.map { instructions.number(at: $0.instruction) }, unresolved, instructions)
  }
}

extension [Instruction] {
  /// Returns the operand that a relocation can change, or `nil` if the instruction is poisoned.
  func number(at index: Int) -> Int64? {
    switch self[index].group {
    case .load, .store, .storeConstant: Int64(self[index].offset)
    case .arithmetic, .arithmetic64: Int64(self[index].immediate)
    case .loadConstant:
      Int64(self[index + 1].immediate) << 32 | Int64(UInt32(bitPattern: self[index].immediate))
    case .jump, .jump32: nil
    }
  }
}

// MARK: - Parsing

extension COREFixture {
  /// Returns the sections of an ELF file by name.
  private static func sections(of file: [UInt8]) -> [String: [UInt8]] {
    let (table, size) = (Int(file.number(at: 40, 8)), Int(file.number(at: 58, 2)))
    func bytes(_ index: Int) -> [UInt8] {
      let head = table + index * size
      let (start, count) = (Int(file.number(at: head + 24, 8)), Int(file.number(at: head + 32, 8)))
      return file.number(at: head + 4, 4) == 8 ? [] : Array(file[start..<start + count])
    }
    let names = bytes(Int(file.number(at: 62, 2)))
    var sections: [String: [UInt8]] = [:]
    for index in 0..<Int(file.number(at: 60, 2)) {
      sections[names.string(at: Int(file.number(at: table + index * size, 4)))] = bytes(index)
    }
    return sections
  }

  /// Reads the CO-RE relocations of `.BTF.ext`.
  private static func relocations(in extra: [UInt8], names btf: [UInt8]) -> [String: [CORERelocation]] {
    let names = Array(btf[Int(btf.number(at: 4, 4) + btf.number(at: 16, 4))...])
    guard extra.number(at: 4, 4) >= 32 else { return [:] }
    var offset = Int(extra.number(at: 4, 4) + extra.number(at: 24, 4))
    let end = offset + Int(extra.number(at: 28, 4))
    offset += 4
    var found: [String: [CORERelocation]] = [:]
    while offset < end {
      let name = names.string(at: Int(extra.number(at: offset, 4)))
      let count = Int(extra.number(at: offset + 4, 4))
      found[name] = (0..<count).compactMap { index in
        let record = offset + 8 + index * 16
        return CORERelocation.Kind(rawValue: UInt32(extra.number(at: record + 12, 4))).map { kind in
          CORERelocation(
            instruction: Int(extra.number(at: record, 4)) / 8, typeID: Int(extra.number(at: record + 4, 4)),
            access: names.string(at: Int(extra.number(at: record + 8, 4))), kind: kind)
        }
      }
      offset += 8 + count * 16
    }
    return found
  }
}

extension [UInt8] {
  /// Returns a little-endian number of up to 8 bytes.
  fileprivate func number(at offset: Int, _ count: Int) -> UInt64 {
    self[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  fileprivate func string(at offset: Int) -> String {
    String(decoding: self[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension Instruction {
  fileprivate init(_ bytes: [UInt8], at offset: Int) {
    self.init(
      opcode: bytes[offset], destination: bytes[offset + 1], source: bytes[offset + 1] >> 4,
      offset: Int16(truncatingIfNeeded: bytes.number(at: offset + 2, 2)),
      immediate: Int32(truncatingIfNeeded: bytes.number(at: offset + 4, 4)))
  }
}
