//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import ELF
import Testing

@Suite("ELF files of all formats")
struct ELFHeaderTests {
  static let formats = [(true, true), (true, false), (false, true), (false, false)]

  @Test("Reads headers of both sizes and byte orders", arguments: formats)
  func headers(isWide: Bool, isLittle: Bool) throws {
    let file = SmallFile(isWide: isWide, isLittleEndian: isLittle)
    let source = ELFBytes(file.bytes())
    let header = try ELFHeader(source)
    #expect(header.format.isWide == isWide)
    #expect(header.format.isSwapped == (isLittle != (UInt16(littleEndian: 1) == 1)))
    #expect(header.type == .executable && header.machine == 62 && header.flags == 7)

    let sections = try header.sections(in: source)
    #expect(sections.map(\.kind) == [.unused, .bytes, .zeros])
    #expect(sections[1].isExecutable && !sections[2].isExecutable)
    #expect(sections[1].address == 0x1000 && sections[1].byteCount == 16 && sections[1].link == 3)
    #expect(header.nameSection(of: sections)?.offset == sections[1].offset)

    let segments = try header.segments(in: source, sections)
    #expect(segments.map(\.kind) == [.loaded])
    #expect(segments.first?.isExecutable == true && segments.first?.isWritable == false)
    #expect(segments.first?.address == 0x1000 && segments.first?.memoryByteCount == 32)
  }

  @Test("Reads symbols and relocations of both sizes and byte orders", arguments: formats)
  func records(isWide: Bool, isLittle: Bool) throws {
    let file = SmallFile(isWide: isWide, isLittleEndian: isLittle)
    let format = try ELFHeader(ELFBytes(file.bytes())).format
    let symbols = format.reader(file.symbol())
    #expect(symbols.count == format.symbolByteCount)
    let symbol = try #require(format.symbol(symbols, at: 0))
    #expect(symbol.name == 5 && symbol.kind == .function && symbol.binding == .weak && symbol.isHidden)
    #expect(symbol.section == 3 && symbol.value == 0x1004 && symbol.byteCount == 12)
    #expect(format.symbol(symbols, at: 1) == nil)

    for hasAddend in [false, true] {
      let table = format.reader(file.relocation(hasAddend: hasAddend))
      #expect(table.count == format.relocationByteCount(hasAddend: hasAddend))
      let relocation = try #require(format.relocation(table, at: 0, hasAddend: hasAddend))
      #expect(relocation.offset == 0x1008 && relocation.symbol == 9 && relocation.kind == 8)
      #expect(relocation.addend == (hasAddend ? 0x2000 : 0))
      #expect(format.relocation(table, at: 1, hasAddend: hasAddend) == nil)
    }
  }

  @Test("Reads counts that exceed 16 bits from the first section header", arguments: formats)
  func extendedCounts(isWide: Bool, isLittle: Bool) throws {
    let file = SmallFile(isWide: isWide, isLittleEndian: isLittle, hasExtendedCounts: true)
    let source = ELFBytes(file.bytes())
    let header = try ELFHeader(source)
    let sections = try header.sections(in: source)
    #expect(sections.count == 3)
    #expect(header.nameSection(of: sections)?.offset == sections[1].offset)
    #expect(try header.segments(in: source, sections).count == 1)
  }

  @Test("Rejects tables that are not within the file, and headers of a wrong size", arguments: formats)
  func damage(isWide: Bool, isLittle: Bool) throws {
    let whole = SmallFile(isWide: isWide, isLittleEndian: isLittle).bytes()
    func reason(_ bytes: [UInt8]) throws -> String {
      let error = #expect(throws: BPFError.self) {
        let source = ELFBytes(bytes)
        let header = try ELFHeader(source)
        _ = try header.segments(in: source, header.sections(in: source))
      }
      #expect(error?.code == .malformed)
      return error?.explanation ?? ""
    }
    #expect(try reason(Array(whole.dropLast())) == "the section headers lie beyond the end of the file")
    #expect(try reason(Array(whole.prefix(40))) == "the file ends within the \(isWide ? 64 : 52)-byte header")
    var other = whole
    other.swapAt(isWide ? 58 : 46, isWide ? 59 : 47)
    #expect(try reason(other) == "the section headers do not have \(isWide ? 64 : 40) bytes")
    other = whole
    other.swapAt(isWide ? 54 : 42, isWide ? 55 : 43)
    #expect(try reason(other) == "the program headers do not have \(isWide ? 56 : 32) bytes")
    other = whole
    for index in 0..<2 { other[(isWide ? 56 : 44) + index] = 0x7f }
    #expect(try reason(other) == "the program headers lie beyond the end of the file")
    other = whole
    other[4] = 3
    #expect(try reason(other) == "the file is neither 32-bit (1) nor 64-bit (2): its class is 3")
    other = whole
    other[5] = 0
    #expect(try reason(other) == "the byte order 0 is neither little (1) nor big (2)")
    let extended = SmallFile(isWide: isWide, isLittleEndian: isLittle, hasExtendedCounts: true).bytes()
    let table = try #require(ELFHeader(ELFBytes(extended)).sectionsStart)
    for (bytes, offset) in [(whole, isWide ? 40 : 32), (extended, table + (isWide ? 32 : 20))] {
      other = bytes
      for index in 0..<(isWide ? 8 : 4) { other[offset + index] = 0xff }
      #expect(try reason(other) == "the section headers lie beyond the end of the file")
    }
  }

  @Test("Moves the tables of a file that is written again", arguments: formats)
  func moving(isWide: Bool, isLittle: Bool) throws {
    let whole = SmallFile(isWide: isWide, isLittleEndian: isLittle).bytes()
    let header = try ELFHeader(ELFBytes(whole))
    let (start, size) = (try #require(header.sectionsStart), header.format.sectionByteCount)
    var contents = Array(whole[(start + size)..<(start + 2 * size)])
    header.format.setContents(at: 0x1_0203, inSectionHeader: &contents)
    var moved = Array(whole[..<start]) + [0, 0, 0, 0, 0, 0, 0, 0]
    header.format.setSections(at: moved.count, inFileHeader: &moved)
    moved += Array(whole[start..<start + size]) + contents + Array(whole[(start + 2 * size)...])
    let source = ELFBytes(moved)
    let sections = try ELFHeader(source).sections(in: source)
    #expect(sections.map(\.kind) == [.unused, .bytes, .zeros])
    #expect(sections[1].offset == 0x1_0203)
  }
}

/// An ELF file with one segment, a section of 16 bytes and one of zeros, in any format.
private struct SmallFile {
  let isWide: Bool
  let isLittleEndian: Bool
  /// Whether the counts of headers are in the first section header.
  var hasExtendedCounts = false

  func bytes() -> [UInt8] {
    let (headerSize, segmentSize, sectionSize) = isWide ? (64, 56, 64) : (52, 32, 40)
    let contents = headerSize + segmentSize
    let table = contents + 16
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, isWide ? 2 : 1, isLittleEndian ? 1 : 2, 1]
    bytes += [UInt8](repeating: 0, count: 9)
    bytes += number(2, 2) + number(62, 2) + number(1, 4) + address(0x1000) + address(headerSize)
    bytes += address(table) + number(7, 4) + number(headerSize, 2) + number(segmentSize, 2)
    bytes += number(hasExtendedCounts ? 0xffff : 1, 2) + number(sectionSize, 2)
    bytes += number(hasExtendedCounts ? 0 : 3, 2) + number(hasExtendedCounts ? 0xffff : 1, 2)
    bytes += segment(offset: contents)
    bytes += [UInt8](repeating: 0, count: 16)
    bytes +=
      hasExtendedCounts ? section(0, 0, 0, 3, link: 1, info: 1) : section(0, 0, 0, 0, link: 0, info: 0)
    bytes += section(1, 4, contents, 16, link: 3, info: 0)
    return bytes + section(8, 0, contents, 1 << 20, link: 0, info: 0)
  }

  private func segment(offset: Int) -> [UInt8] {
    let sizes = address(offset) + address(0x1000) + address(0) + address(16) + address(32)
    return isWide
      ? number(1, 4) + number(5, 4) + sizes + address(0x1000)
      : number(1, 4) + sizes + number(5, 4) + address(0x1000)
  }

  private func section(
    _ kind: Int, _ flags: Int, _ offset: Int, _ count: Int, link: Int, info: Int
  ) -> [UInt8] {
    number(0, 4) + number(kind, 4) + address(flags) + address(0x1000) + address(offset) + address(count)
      + number(link, 4) + number(info, 4) + address(0) + address(0)
  }

  /// A weak, hidden function.
  func symbol() -> [UInt8] {
    let attributes = number(0x22, 1) + number(2, 1) + number(3, 2)
    let location = address(0x1004) + address(12)
    return number(5, 4) + (isWide ? attributes + location : location + attributes)
  }

  func relocation(hasAddend: Bool) -> [UInt8] {
    address(0x1008) + address(isWide ? 9 << 32 | 8 : 9 << 8 | 8) + (hasAddend ? address(0x2000) : [])
  }

  private func address(_ value: Int) -> [UInt8] { number(value, isWide ? 8 : 4) }

  private func number(_ value: Int, _ width: Int) -> [UInt8] {
    let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isLittleEndian ? bytes : bytes.reversed()
  }
}
