//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

extension ExecutableFile {
  /// Reads a section's contents; throws if they exceed the file.
  func contents(of section: ELFSection, _ what: String) throws(BPFError) -> [UInt8] {
    if section.kind != .zeros, let part = try bytes.part(section.offset, section.byteCount) {
      return part
    }
    throw BPFError(
      .findSymbol, .malformed, path: path,
      "the file ends before the end of \(what): it is truncated or damaged")
  }

  /// Returns the section with a name; nil if there is none.
  func section(named name: String) throws(BPFError) -> ELFSection? {
    guard let names = header.nameSection(of: sections) else { return nil }
    let text = format.reader(try contents(of: names, "the names of its sections"))
    return sections.first { text.hasName(name, at: $0.name) }
  }

  /// Returns the sections of a kind.
  func sections(ofKind kind: ELFSection.Kind) -> [ELFSection] { sections.filter { $0.kind == kind } }
}

// MARK: - Addresses

extension ExecutableFile {
  /// Returns the file offset of a memory address; nil if no segment maps it from the file.
  ///
  /// - Parameter isExecutable: whether the segment must be executable.
  func fileOffset(of address: UInt64, isExecutable: Bool) -> UInt64? {
    for segment in segments where segment.isExecutable || !isExecutable {
      guard address >= segment.address, address - segment.address < segment.byteCount else { continue }
      return UInt64(segment.offset) + (address - segment.address)
    }
    return nil
  }

  /// Returns whether an executable segment contains an offset of the file.
  func isExecutable(at offset: UInt64) -> Bool {
    segments.contains {
      $0.isExecutable && offset >= $0.offset && offset - UInt64($0.offset) < $0.byteCount
    }
  }
}
