//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import ELF

/// Merges the sections of several objects by name.
struct SectionMerger {
  /// The offset of an input's section in a merged one.
  struct MergedSection {
    var section: Int
    var offset: Int
    /// Whether an object before has the same contents, which are kept once.
    var isRepeated = false
  }

  private(set) var sections: [ELFWriter.Section] = []
  private var indices: [String: Int] = [:]

  /// Sections that all inputs must agree on. Their contents are kept once.
  private static let unique: Set<String> = ["license", "version"]

  private static let largestAlignment = 1 << 16
  private static let largestByteCount = 1 << 32

  /// Appends the sections of an input.
  ///
  /// - Returns: the merged section of each section, by its index; nil for those that are left out.
  mutating func add(_ input: LinkerInput) throws(BPFError) -> [MergedSection?] {
    var merged: [MergedSection?] = []
    var left = input.elf.reader.count
    for section in input.elf.sections {
      let isLinked = input.isLinked(section)
      if isLinked, section.type != .zeros {
        // Sections of one file that overlap would make the linked object larger than its inputs.
        guard section.byteCount <= left else {
          throw .malformedObject("'\(input.name)': its sections overlap")
        }
        left -= section.byteCount
      }
      merged.append(isLinked ? try add(section, of: input) : nil)
    }
    return merged
  }

  private mutating func add(_ section: ELFFile.Section, of input: LinkerInput) throws(BPFError)
    -> MergedSection
  {
    guard section.alignment <= SectionMerger.largestAlignment,
      section.alignment & (section.alignment - 1) == 0 || section.alignment == 0
    else {
      throw .malformedObject(
        "section '\(section.name)' of '\(input.name)' has the alignment \(section.alignment), which is not a power of two up to "
          + "\(SectionMerger.largestAlignment)")
    }
    guard section.byteCount <= SectionMerger.largestByteCount else {
      throw .malformedObject("section '\(section.name)' of '\(input.name)' has \(section.byteCount) bytes")
    }
    let bytes = Array(input.elf.contents(of: section).slice)
    guard let index = indices[section.name] else {
      indices[section.name] = sections.count
      sections.append(
        ELFWriter.Section(
          section.name, section.type, flags: section.flags, alignment: max(1, section.alignment),
          bytes: bytes,
          byteCount: section.byteCount))
      return MergedSection(section: sections.count - 1, offset: 0)
    }
    guard sections[index].kind == section.type, sections[index].flags == section.flags else {
      throw BPFError(
        .linkObjects, .typeMismatch,
        "section '\(section.name)' of '\(input.name)' has other flags than in the objects before")
    }
    if SectionMerger.unique.contains(section.name) {
      guard sections[index].bytes == bytes else {
        throw BPFError(
          .linkObjects, .typeMismatch,
          "section '\(section.name)' of '\(input.name)' differs from that of the objects before")
      }
      return MergedSection(section: index, offset: 0, isRepeated: true)
    }
    let alignment = max(1, section.alignment)
    sections[index].alignment = max(sections[index].alignment, alignment)
    let offset = (sections[index].byteCount + alignment - 1) / alignment * alignment
    if section.type != .zeros {
      sections[index].bytes += [UInt8](repeating: 0, count: offset - sections[index].byteCount) + bytes
    }
    sections[index].byteCount = offset + section.byteCount
    return MergedSection(section: index, offset: offset)
  }
}

// MARK: - Relocations

extension SectionMerger {
  /// Appends the relocations of an input, and moves what their instructions and data hold.
  ///
  /// - Parameters:
  ///   - input: the input.
  ///   - merged: the merged sections of its sections.
  ///   - symbols: the index of each of its symbols in the linked object.
  mutating func addRelocations(of input: LinkerInput, _ merged: [MergedSection?], _ symbols: [Int?])
    throws(BPFError)
  {
    for section in input.elf.sections {
      guard let destination = merged[section.index] else { continue }
      for relocation in try input.elf.relocations(of: section) {
        guard let symbol = symbols[relocation.symbol] else {
          throw .malformedObject(
            "'\(input.name)': section '\(section.name)' refers to '\(input.elf.symbols[relocation.symbol].name)', which is in "
              + "no section that is loaded")
        }
        let target = input.elf.symbols[relocation.symbol]
        // An addend counts from the start of the section.
        if target.kind == .section, let distance = merged[target.section]?.offset, distance != 0 {
          try move(relocation, by: distance, section, destination, input)
        }
        sections[destination.section].relocations.append(
          ELFWriter.Relocation(
            offset: relocation.offset + destination.offset, symbol: symbol, kind: relocation.kind))
      }
    }
  }

  /// The types of relocations of BPF. `R_BPF_*`.
  private enum RelocationKind {
    static let wideData: UInt32 = 2
    static let data: [UInt32] = [3, 4]
  }

  private mutating func move(
    _ relocation: ELFFile.Relocation, by distance: Int, _ section: ELFFile.Section,
    _ destination: MergedSection,
    _ input: LinkerInput
  ) throws(BPFError) {
    let start = relocation.offset + destination.offset
    let isWide = !section.isExecutable && relocation.kind == RelocationKind.wideData
    // The immediate of an instruction is in its second half.
    let field = section.isExecutable ? start + 4 : start
    let size = isWide ? 8 : 4
    guard section.isExecutable || isWide || RelocationKind.data.contains(relocation.kind),
      let bytes = ByteReader(sections[destination.section].bytes, isSwapped: false).part(field, size)
    else {
      throw .malformedObject(
        "'\(input.name)': relocation at \(relocation.offset) of section '\(section.name)' is of an unknown kind, or beyond its "
          + "end")
    }
    if isWide {
      let moved = bytes.present(0, as: UInt64.self) &+ UInt64(distance)
      sections[destination.section].bytes.replaceSubrange(field..<field + size, with: [UInt8](number: moved))
      return
    }
    let isCall = section.isExecutable && sections[destination.section].bytes[start] == Instruction.Opcode.call
    let moved =
      bytes.present(0, as: UInt32.self)
      &+ UInt32(truncatingIfNeeded: isCall ? distance / Instruction.fileByteCount : distance)
    sections[destination.section].bytes.replaceSubrange(field..<field + size, with: [UInt8](number: moved))
  }
}
