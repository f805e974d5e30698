//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// Merges the symbols of several objects: a definition takes the destination of declarations and of weak definitions.
struct SymbolMerger {
  private(set) var symbols: [ELFWriter.Symbol] = []
  /// The index of each symbol that is not local.
  private var globals: [String: Int] = [:]
  /// The index of each section's symbol, by section.
  private var sectionSymbols: [Int: Int] = [:]
  /// The object that defines each symbol that is not local.
  private var definers: [String: (index: Int, name: String)] = [:]

  /// Returns the index of the object whose definition of a symbol counts; nil if none defines it.
  func definer(of name: String) -> Int? { definers[name]?.index }

  /// Adds the symbols of an input.
  ///
  /// - Returns: for each of its symbols the index in the linked object; nil for those that are left out.
  mutating func add(_ input: LinkerInput, _ merged: [SectionMerger.MergedSection?]) throws(BPFError) -> [Int?]
  {
    var indices: [Int?] = []
    for symbol in input.elf.symbols {
      guard symbol.section == 0 || merged.indices.contains(symbol.section) else {
        indices.append(nil)
        continue
      }
      let destination = symbol.section == 0 ? nil : merged[symbol.section]
      guard
        symbol.isExternal || destination == nil
          || symbol.value <= input.elf.sections[symbol.section].byteCount
      else {
        throw .malformedObject(
          "'\(input.name)': the symbol '\(symbol.name)' lies beyond the end of its section")
      }
      let index: Int? =
        switch (destination, symbol.kind, symbol.binding) {
        case (nil, _, _): symbol.isExternal ? declare(symbol) : nil
        case (let destination?, .section, _): symbolOfSection(destination.section)
        case (_?, _, _) where destination?.isRepeated == true: globals[symbol.name]
        case (let destination?, _, .local): append(ELFWriter.Symbol(symbol, destination))
        case (let destination?, _, _): try define(symbol, destination, input)
        }
      indices.append(index)
    }
    return indices
  }

  private mutating func symbolOfSection(_ section: Int) -> Int {
    if let known = sectionSymbols[section] { return known }
    let index = append(ELFWriter.Symbol("", .section, .local, section: section))
    sectionSymbols[section] = index
    return index
  }

  private mutating func append(_ symbol: ELFWriter.Symbol) -> Int {
    symbols.append(symbol)
    return symbols.count - 1
  }

  private mutating func declare(_ symbol: ELFFile.Symbol) -> Int {
    guard let known = globals[symbol.name] else {
      let index = append(
        ELFWriter.Symbol(symbol.name, symbol.kind, symbol.binding, isHidden: symbol.isHidden))
      globals[symbol.name] = index
      return index
    }
    // A declaration that is not weak requires a definition.
    if symbols[known].section == nil, symbol.binding == .global { symbols[known].binding = .global }
    if symbol.isHidden { symbols[known].isHidden = true }
    return known
  }

  private mutating func define(
    _ symbol: ELFFile.Symbol, _ destination: SectionMerger.MergedSection, _ input: LinkerInput
  ) throws(BPFError) -> Int {
    guard let known = globals[symbol.name] else {
      let index = append(ELFWriter.Symbol(symbol, destination))
      (globals[symbol.name], definers[symbol.name]) = (index, (input.index, input.name))
      return index
    }
    let (definer, isHidden) = (definers[symbol.name], symbol.isHidden || symbols[known].isHidden)
    if let definer, symbols[known].binding == .global, symbol.binding == .global {
      throw BPFError(
        .linkObjects, .alreadyExists,
        "'\(symbol.name)' is defined by '\(definer.name)' and '\(input.name)': make one of them static or weak"
      )
    }
    // The first of several weak definitions counts.
    if definer == nil || symbols[known].binding == .weak && symbol.binding == .global {
      (symbols[known], definers[symbol.name]) = (
        ELFWriter.Symbol(symbol, destination), (input.index, input.name)
      )
    }
    symbols[known].isHidden = isHidden
    return known
  }
}

extension ELFWriter.Symbol {
  /// Creates a symbol of an input, which the linker has moved.
  fileprivate init(_ symbol: ELFFile.Symbol, _ destination: SectionMerger.MergedSection) {
    self.init(
      symbol.name, symbol.kind, symbol.binding, isHidden: symbol.isHidden, section: destination.section,
      value: symbol.value + destination.offset, byteCount: symbol.byteCount)
  }
}
