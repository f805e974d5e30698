//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Writes a relocatable 64-bit ELF file in this machine's byte order.
package struct ELFWriter {
  /// A section to write.
  package struct Section {
    package var name: String
    package var kind: ELFSection.Kind
    /// `SHF_*`.
    package var flags: UInt64
    package var alignment: Int
    /// The contents; empty for zeros.
    package var bytes: [UInt8]
    /// The size in bytes, in the file or, for zeros, in memory.
    package var byteCount: Int
    package var relocations: [Relocation] = []

    package init(
      _ name: String, _ kind: ELFSection.Kind = .bytes, flags: UInt64 = 0, alignment: Int = 1,
      bytes: [UInt8] = [], byteCount: Int? = nil
    ) {
      (self.name, self.kind, self.flags, self.alignment) = (name, kind, flags, alignment)
      (self.bytes, self.byteCount) = (bytes, byteCount ?? bytes.count)
    }
  }

  /// A relocation without an addend.
  package struct Relocation {
    package var offset: Int
    /// The index of the symbol in ``ELFWriter/symbols``.
    package var symbol: Int
    package var kind: UInt32

    package init(offset: Int, symbol: Int, kind: UInt32) {
      (self.offset, self.symbol, self.kind) = (offset, symbol, kind)
    }
  }

  /// A symbol to write.
  package struct Symbol {
    package var name: String
    package var kind: ELFSymbol.Kind
    package var binding: ELFSymbol.Binding
    package var isHidden: Bool
    /// The index of the section in ``ELFWriter/sections``; nil if the symbol is undefined.
    package var section: Int?
    package var value: Int
    package var byteCount: Int

    package init(
      _ name: String, _ kind: ELFSymbol.Kind, _ binding: ELFSymbol.Binding, isHidden: Bool = false,
      section: Int? = nil, value: Int = 0, byteCount: Int = 0
    ) {
      (self.name, self.kind, self.binding, self.isHidden) = (name, kind, binding, isHidden)
      (self.section, self.value, self.byteCount) = (section, value, byteCount)
    }
  }

  /// The number of the machine. `EM_*`.
  private let machine: UInt16
  package var sections: [Section] = []
  package var symbols: [Symbol] = []

  package init(machine: UInt16) { self.machine = machine }
}

// MARK: - Bytes

extension ELFWriter {
  private static let headerByteCount = 64
  private static let symbolByteCount = 24
  private static let relocationByteCount = 16

  /// Returns the file: its header, the contents of the sections, and their headers.
  package func file() -> [UInt8] {
    var names = StringTable()
    // Local symbols come first.
    let order =
      symbols.indices.filter { symbols[$0].binding == .local }
      + symbols.indices.filter { symbols[$0].binding != .local }
    var positions = [Int](repeating: 0, count: symbols.count)
    for (position, index) in order.enumerated() { positions[index] = position + 1 }

    let tables = sections.indices.filter { !sections[$0].relocations.isEmpty }
    // The null section comes first.
    let symbolTable = 1 + sections.count + tables.count
    var headers = Headers()
    var bytes = [UInt8](repeating: 0, count: ELFWriter.headerByteCount)
    headers.append(name: 0, kind: .unused)
    for section in sections {
      bytes.align(to: section.alignment)
      headers.append(
        name: names.offset(of: section.name), kind: section.kind, flags: section.flags, offset: bytes.count,
        byteCount: section.byteCount, alignment: section.alignment)
      if section.kind != .zeros { bytes += section.bytes }
    }
    for index in tables {
      bytes.align(to: 8)
      let start = bytes.count
      for relocation in sections[index].relocations {
        bytes.append(number: UInt64(relocation.offset))
        bytes.append(number: UInt64(positions[relocation.symbol]) << 32 | UInt64(relocation.kind))
      }
      headers.append(
        name: names.offset(of: ".rel" + sections[index].name), kind: .relocations, offset: start,
        byteCount: bytes.count - start, link: symbolTable, info: index + 1, alignment: 8,
        entryByteCount: ELFWriter.relocationByteCount)
    }
    bytes.align(to: 8)
    let start = bytes.count
    bytes += [UInt8](repeating: 0, count: ELFWriter.symbolByteCount)
    for index in order { append(symbols[index], to: &bytes, &names) }
    headers.append(
      name: names.offset(of: ".symtab"), kind: .symbols, offset: start, byteCount: bytes.count - start,
      link: symbolTable + 1, info: symbols.count { $0.binding == .local } + 1, alignment: 8,
      entryByteCount: ELFWriter.symbolByteCount)
    let own = names.offset(of: ".strtab")
    headers.append(name: own, kind: .strings, offset: bytes.count, byteCount: names.bytes.count)
    bytes += names.bytes
    bytes.align(to: 8)
    let header = fileHeader(sectionsAt: bytes.count, count: headers.count)
    bytes.replaceSubrange(0..<header.count, with: header)
    return bytes + headers.bytes
  }

  private func append(_ symbol: Symbol, to bytes: inout [UInt8], _ names: inout StringTable) {
    bytes.append(number: UInt32(names.offset(of: symbol.name)))
    bytes.append(symbol.binding.rawValue << 4 | symbol.kind.rawValue)
    // STV_HIDDEN
    bytes.append(symbol.isHidden ? 2 : 0)
    bytes.append(number: UInt16(symbol.section.map { $0 + 1 } ?? 0))
    bytes.append(number: UInt64(symbol.value))
    bytes.append(number: UInt64(symbol.byteCount))
  }

  private func fileHeader(sectionsAt offset: Int, count: Int) -> [UInt8] {
    let isLittleEndian = UInt16(littleEndian: 1) == 1
    var header = [0x7f] + Array("ELF".utf8) + [2, isLittleEndian ? 1 : 2, 1]
    header += [UInt8](repeating: 0, count: 16 - header.count)
    header.append(number: ELFHeader.FileType.relocatable.rawValue)
    header.append(number: machine)
    header.append(number: UInt32(1))
    header += [UInt8](repeating: 0, count: 16)
    header.append(number: UInt64(offset))
    header.append(number: UInt32(0))
    for number in [ELFWriter.headerByteCount, 0, 0, Headers.byteCount, count, count - 1] {
      header.append(number: UInt16(number))
    }
    return header
  }
}

/// The headers of sections.
private struct Headers {
  static let byteCount = 64
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  mutating func append(
    name: Int, kind: ELFSection.Kind, flags: UInt64 = 0, offset: Int = 0, byteCount: Int = 0, link: Int = 0,
    info: Int = 0, alignment: Int = 0, entryByteCount: Int = 0
  ) {
    count += 1
    bytes.append(number: UInt32(name))
    bytes.append(number: kind.rawValue)
    bytes.append(number: flags)
    for number in [0, offset, byteCount] { bytes.append(number: UInt64(number)) }
    for number in [link, info] { bytes.append(number: UInt32(number)) }
    for number in [alignment, entryByteCount] { bytes.append(number: UInt64(number)) }
  }
}

/// The names of sections and symbols, each once.
private struct StringTable {
  private(set) var bytes: [UInt8] = [0]
  private var offsets = ["": 0]

  mutating func offset(of name: String) -> Int {
    if let known = offsets[name] { return known }
    let offset = bytes.count
    bytes += name.utf8
    bytes.append(0)
    offsets[name] = offset
    return offset
  }
}

extension [UInt8] {
  /// Appends zeros up to a multiple of the alignment.
  package mutating func align(to alignment: Int) {
    guard alignment > 1 else { return }
    self += [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
  }
}
