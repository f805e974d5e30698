//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An object without its debugger sections (`.debug_*`), which are about half of it.
///
/// Debugger sections become empty instead of disappearing, so that section numbers stay valid.
package struct StrippedObject {
  /// The bytes of the stripped object.
  package private(set) var bytes: [UInt8]

  /// - Parameter object: a 64-bit ELF file from the compiler. A file that cannot be parsed is kept unchanged.
  package init(_ object: [UInt8]) {
    bytes = object
    guard let file = Sections(object) else { return }
    var stripped = Array(object[..<Sections.fileHeaderSize])
    var headers: [UInt8] = []
    for section in file.all {
      guard !section.isDebugSection else {
        headers += [UInt8](repeating: 0, count: Sections.headerSize)
        continue
      }
      var header = Array(object[section.header])
      if let contents = section.contents {
        stripped.align()
        header.write(UInt64(stripped.count), at: 24)
        stripped += object[contents]
      }
      headers += header
    }
    stripped.align()
    stripped.write(UInt64(stripped.count), at: 40)
    bytes = stripped + headers
  }
}

/// The section headers of an ELF file, read as far as moving sections requires.
private struct Sections {
  static let fileHeaderSize = 64
  static let headerSize = 64

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

  let all: [Section]

  /// Reads the sections of a little-endian file. Returns `nil` if the section headers are malformed.
  init?(_ object: [UInt8]) {
    guard object.count >= Sections.fileHeaderSize, object[5] == 1,
      let table: UInt64 = object.number(at: 40), let start = Int(exactly: table),
      let count: UInt16 = object.number(at: 60), let names: UInt16 = object.number(at: 62), count > names,
      start <= object.count, object.count - start >= Int(count) * Sections.headerSize
    else { return nil }
    func header(_ index: Int) -> Range<Int> {
      let offset = start + index * Sections.headerSize
      return offset..<offset + Sections.headerSize
    }
    guard let text = Sections.contents(header(Int(names)), in: object) else { return nil }
    var all: [Section] = []
    for index in 0..<Int(count) {
      let header = header(index)
      guard let name: UInt32 = object.number(at: header.lowerBound), Int(name) <= text.count else {
        return nil
      }
      let bytes = object[text].dropFirst(Int(name)).prefix { $0 != 0 }
      all.append(
        Section(
          header: header, contents: Sections.contents(header, in: object),
          name: String(decoding: bytes, as: UTF8.self)))
    }
    self.all = all
  }

  /// Returns the byte range of a section's contents, or `nil` if it has none.
  private static func contents(_ header: Range<Int>, in object: [UInt8]) -> Range<Int>? {
    let noBits: UInt32 = 8
    guard let type: UInt32 = object.number(at: header.lowerBound + 4), type != 0, type != noBits,
      let offset: UInt64 = object.number(at: header.lowerBound + 24), offset <= object.count,
      let size: UInt64 = object.number(at: header.lowerBound + 32), size <= UInt64(object.count) - offset
    else { return nil }
    return Int(offset)..<Int(offset + size)
  }
}

extension [UInt8] {
  /// Returns the little-endian number at an offset, or `nil` if it would extend past the end.
  fileprivate func number<Number: FixedWidthInteger>(at offset: Int) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, count - offset >= size else { return nil }
    return (0..<size).reduce(0) { $0 | Number(truncatingIfNeeded: self[offset + $1]) << ($1 * 8) }
  }

  fileprivate mutating func write(_ number: UInt64, at offset: Int) {
    for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: number >> (index * 8)) }
  }

  /// Appends zeros up to the next multiple of eight bytes.
  fileprivate mutating func align() {
    self += [UInt8](repeating: 0, count: (8 - count % 8) % 8)
  }
}
