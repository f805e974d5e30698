//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An object without what only debuggers read, which is half of it.
///
/// The sections keep their numbers, so that whatever refers to one still does; those that are left out are empty.
package struct StrippedObject {
  /// What is left.
  package private(set) var bytes: [UInt8]

  /// - Parameter object: an ELF file of 64 bits, as it comes from the compiler. What is not understood stays as it is.
  package init(_ object: [UInt8]) {
    bytes = object
    guard let file = Sections(object) else { return }
    var stripped = Array(object[..<Sections.fileHeaderSize])
    var headers: [UInt8] = []
    for section in file.all {
      guard !section.isForDebuggers else {
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

/// The sections of a file, as far as they must be known to be moved.
private struct Sections {
  static let fileHeaderSize = 64
  static let headerSize = 64

  struct Section {
    /// Where its header is.
    var header: Range<Int>
    /// Where it is; nil if it takes no bytes of the file.
    var contents: Range<Int>?
    var name: String

    var isForDebuggers: Bool {
      [".debug_", ".rel.debug_", ".rela.debug_"].contains { name.hasPrefix($0) }
    }
  }

  let all: [Section]

  /// The sections of a file in little-endian order; nil if there is anything that is not as compilers write it.
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

  /// Where the bytes of a section are; nil if it has none.
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
  /// The number at a place; nil if the bytes end before.
  fileprivate func number<Number: FixedWidthInteger>(at offset: Int) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, count - offset >= size else { return nil }
    return (0..<size).reduce(0) { $0 | Number(truncatingIfNeeded: self[offset + $1]) << ($1 * 8) }
  }

  fileprivate mutating func write(_ number: UInt64, at offset: Int) {
    for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: number >> (index * 8)) }
  }

  /// Adds zeros until what follows is on the boundary of eight bytes.
  fileprivate mutating func align() {
    self += [UInt8](repeating: 0, count: (8 - count % 8) % 8)
  }
}
