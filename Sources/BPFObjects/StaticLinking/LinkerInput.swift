//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import ELF

/// A compiled object that is linked with others.
struct LinkerInput {
  /// Its name for messages.
  let name: String
  /// Its number among the objects.
  let index: Int
  let elf: ELFFile
  let types: BTFTypes
  let records: BTFExtension?
  /// The data sections in BTF, with the offsets of their variables.
  let layouts: [DataSectionLayout]

  init(_ bytes: [UInt8], name: String, index: Int) throws(BPFError) {
    (self.name, self.index) = (name, index)
    let reader = try ObjectReader(forLinking: bytes)
    elf = reader.elf
    guard let types = reader.types else {
      throw .unsupportedObject(
        "'\(name)' has no types (BTF), which the linker needs to find variables: compile with '-g'")
    }
    guard !elf.isByteSwapped else {
      throw .unsupportedObject("'\(name)' has the opposite byte order to this machine's")
    }
    guard !elf.repeatsSymbolValues else {
      throw .unsupportedObject(
        "'\(name)' was assembled by binutils before 2.42, which stores addends differently")
    }
    (self.types, layouts) = (types, reader.layouts)
    records = try reader.section(.typesExtension).map { (section) throws(BPFError) in
      try BTFExtension(reader.elf.contents(of: section).copy, types: types)
    }
  }

  /// Whether a section goes into the linked object: one that is loaded, and not made of debugging information.
  func isLinked(_ section: ELFFile.Section) -> Bool {
    // SHF_ALLOC
    section.index != 0 && section.flags & 2 != 0 && section.byteCount > 0
      && (section.type == .bytes || section.type == .zeros)
  }
}
