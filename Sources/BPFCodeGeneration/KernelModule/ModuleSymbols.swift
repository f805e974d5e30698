//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import ELF

/// The symbols of a module that was compiled for the machine of the Swift compiler, with the initial values of variables.
package struct ModuleSymbols {
  /// A defined function or variable.
  package struct Symbol {
    package var name: String
    package var isFunction: Bool
    package var section: String
    /// The initial value of a variable.
    package var bytes: [UInt8]
    package var alignment: Int
    /// The addresses in the initial value: their offsets, with the symbol that each refers to.
    package var addresses: [Address]
  }

  /// An address in an initial value.
  package struct Address {
    package var offset: Int
    /// The name of the symbol; empty for an address in a section.
    package var symbol: String
    /// The bytes from the address to the end of the section.
    package var target: [UInt8]
  }

  /// The defined symbols, in the file's order.
  package private(set) var symbols: [Symbol] = []
  /// The names of symbols that are used and not defined.
  package private(set) var undefined: [String] = []

  package init(_ object: [UInt8]) throws(BPFError) {
    let file = ELFBytes(object)
    let header = try ELFHeader(file)
    let format = header.format
    let reader = format.reader(object)
    let sections = try header.sections(in: file)
    let sectionNames = header.nameSection(of: sections).flatMap { reader.part($0.offset, $0.byteCount) }
    guard let table = sections.first(where: { $0.kind == .symbols }), sections.indices.contains(table.link),
      let bytes = reader.part(table.offset, table.byteCount),
      let names = reader.part(sections[table.link].offset, sections[table.link].byteCount)
    else { throw file.malformed("the object of the Swift module has no symbols") }
    let all = stride(from: 0, to: bytes.count, by: format.symbolByteCount).compactMap {
      format.symbol(bytes, at: $0)
    }
    let contents = sections.map { section in
      section.kind == .zeros
        ? [UInt8](repeating: 0, count: section.byteCount)
        : reader.part(section.offset, section.byteCount).map { Array($0.slice) } ?? []
    }
    let relocations = sections.indices.map { index in
      sections.filter { $0.kind == .relocationsWithAddends && $0.info == index }
        .compactMap { reader.part($0.offset, $0.byteCount) }
        .flatMap { table in
          let size = format.relocationByteCount(hasAddend: true)
          return stride(from: 0, to: table.count, by: size).compactMap {
            format.relocation(table, at: $0, hasAddend: true)
          }
        }
    }

    undefined = all.filter { $0.section == 0 && $0.binding != .local }.compactMap { names.name($0.name) }
    symbols = all.compactMap { symbol in
      guard symbol.kind == .function || symbol.kind == .object, symbol.section > 0,
        sections.indices.contains(symbol.section), let name = names.name(symbol.name)
      else { return nil }
      let start = Int(clamping: symbol.value)
      let end = start &+ Int(clamping: symbol.byteCount)
      let isFunction = symbol.kind == .function
      let data = contents[symbol.section]
      guard start <= end, end <= data.count else { return nil }
      let addresses: [Address] =
        isFunction
        ? []
        : relocations[symbol.section].compactMap { relocation in
          guard let offset = Int(exactly: relocation.offset), (start..<end).contains(offset),
            all.indices.contains(Int(clamping: relocation.symbol))
          else { return nil }
          let target = all[Int(relocation.symbol)]
          let section = contents.indices.contains(target.section) ? contents[target.section] : []
          let address = Int(truncatingIfNeeded: target.value &+ relocation.addend)
          return Address(
            offset: offset - start, symbol: target.kind == .section ? "" : names.name(target.name) ?? "",
            target: section.indices.contains(address) ? Array(section[address...]) : [])
        }
      return Symbol(
        name: name, isFunction: isFunction,
        section: sectionNames?.name(sections[symbol.section].name) ?? "",
        bytes: isFunction ? [] : Array(data[start..<end]), alignment: 1 << min(start.trailingZeroBitCount, 3),
        addresses: addresses)
    }
  }
}
