//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ELF

/// An object without its debugger sections (`.debug_*`), which are about half of it.
///
/// Debugger sections become empty instead of disappearing, so that section numbers stay valid.
package struct StrippedObject {
  /// The bytes of the stripped object.
  package private(set) var bytes: [UInt8]

  /// - Parameter object: an ELF file from the compiler. A file that cannot be parsed is kept unchanged.
  package init(_ object: [UInt8]) {
    bytes = object
    guard let file = Sections(object) else { return }
    var stripped = Array(object[..<file.format.headerByteCount])
    var headers: [UInt8] = []
    for section in file.all {
      guard !section.isDebugSection else {
        headers += [UInt8](repeating: 0, count: section.header.count)
        continue
      }
      var header = Array(object[section.header])
      if let contents = section.contents {
        stripped.align()
        file.format.setContents(at: stripped.count, inSectionHeader: &header)
        stripped += object[contents]
      }
      headers += header
    }
    stripped.align()
    file.format.setSections(at: stripped.count, inFileHeader: &stripped)
    bytes = stripped + headers
  }
}

/// The sections of an ELF file, with the ranges of their bytes.
private struct Sections {
  struct Section {
    /// The byte range of the section header.
    var header: Range<Int>
    /// The byte range of the contents, or `nil` if the section occupies no bytes of the file.
    var contents: Range<Int>?
    var name: String

    var isDebugSection: Bool {
      [".debug_", ".rel.debug_", ".rela.debug_"].contains { name.hasPrefix($0) }
    }
  }

  let format: ELFFormat
  let all: [Section]

  /// Reads the sections of a file. Returns `nil` if the section headers are malformed.
  init?(_ object: [UInt8]) {
    let file = ELFBytes(object)
    guard let header = try? ELFHeader(file), let start = header.sectionsStart,
      let sections = try? header.sections(in: file),
      let names = header.nameSection(of: sections).flatMap({ Sections.contents($0, in: object) })
    else { return nil }
    format = header.format
    let text = format.reader(Array(object[names]))
    let size = format.sectionByteCount
    all = sections.enumerated().map { index, section in
      Section(
        header: start + index * size..<start + (index + 1) * size,
        contents: Sections.contents(section, in: object), name: text.name(section.name) ?? "")
    }
  }

  /// Returns the byte range of a section's contents, or `nil` if it has none.
  private static func contents(_ section: ELFSection, in object: [UInt8]) -> Range<Int>? {
    guard section.kind != .unused, section.kind != .zeros, section.offset <= object.count,
      section.byteCount <= object.count - section.offset
    else { return nil }
    return section.offset..<section.offset + section.byteCount
  }
}

extension [UInt8] {
  /// Appends zeros up to the next multiple of eight bytes.
  fileprivate mutating func align() {
    self += [UInt8](repeating: 0, count: (8 - count % 8) % 8)
  }
}
