//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A symbol of an ELF file. `Elf64_Sym`.
package struct ELFSymbol: Sendable {
  /// The name's offset in the section of names.
  package var name: Int
  package var kind: Kind
  package var binding: Binding
  /// Whether its visibility is hidden or internal.
  package var isHidden: Bool
  /// The index of its section; 0 if undefined, 0xff00 and above for none.
  package var section: Int
  /// The address; in a relocatable file, the offset in the section.
  package var value: UInt64
  package var byteCount: UInt64

  /// The type of a symbol. `STT_*`.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let none = Kind(rawValue: 0)
    package static let object = Kind(rawValue: 1)
    package static let function = Kind(rawValue: 2)
    package static let section = Kind(rawValue: 3)
    /// An IFUNC resolver, which selects the function to call. `STT_GNU_IFUNC`.
    package static let indirectFunction = Kind(rawValue: 10)
  }

  /// The binding of a symbol. `STB_*`.
  package struct Binding: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let local = Binding(rawValue: 0)
    package static let global = Binding(rawValue: 1)
    package static let weak = Binding(rawValue: 2)
  }
}

/// A relocation of an ELF file. `Elf64_Rel` or `Elf64_Rela`.
package struct ELFRelocation: Sendable {
  /// The address; in a relocatable file, the offset in the section.
  package var offset: UInt64
  /// The index of the symbol.
  package var symbol: UInt64
  /// The kind, which depends on the machine. `R_*`.
  package var kind: UInt32
  /// The addend; 0 without one.
  package var addend: UInt64
}

// MARK: - Parsing

extension ELFFormat {
  /// Parses the symbol at an offset of a table; nil if it is out of bounds.
  package func symbol(_ table: ByteReader, at start: Int) -> ELFSymbol? {
    guard table.contains(start, symbolByteCount), let name = table.word(start),
      let info = table.number(start + (isWide ? 4 : 12), as: UInt8.self),
      let other = table.number(start + (isWide ? 5 : 13), as: UInt8.self),
      let section = table.number(start + (isWide ? 6 : 14), as: UInt16.self),
      let value = address(table, wide: start + 8, narrow: start + 4),
      let byteCount = address(table, wide: start + 16, narrow: start + 8)
    else { return nil }
    return ELFSymbol(
      name: name, kind: ELFSymbol.Kind(rawValue: info & 0xf),
      binding: ELFSymbol.Binding(rawValue: info >> 4),
      // STV_INTERNAL and STV_HIDDEN.
      isHidden: other & 3 == 1 || other & 3 == 2, section: Int(section), value: value, byteCount: byteCount)
  }

  /// Parses the relocation at an offset of a table; nil if it is out of bounds.
  package func relocation(_ table: ByteReader, at start: Int, hasAddend: Bool) -> ELFRelocation? {
    guard table.contains(start, relocationByteCount(hasAddend: hasAddend)),
      let offset = address(table, wide: start, narrow: start),
      let info = address(table, wide: start + 8, narrow: start + 4)
    else { return nil }
    let addend = hasAddend ? address(table, wide: start + 16, narrow: start + 8) : 0
    return ELFRelocation(
      offset: offset, symbol: isWide ? info >> 32 : info >> 8,
      kind: UInt32(truncatingIfNeeded: isWide ? info : info & 0xff), addend: addend ?? 0)
  }
}
