//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// Where functions of a file are named, in the order in which they are looked for.
enum FunctionSource: CaseIterable {
  /// The symbols for the dynamic linker, `.dynsym`.
  case dynamicSymbols
  /// All symbols, `.symtab`.
  case symbols
  /// All symbols, in a separate debug file.
  case debugFile
  /// What the tracebacks of a program written in Go are made of.
  case goTable
}

extension ExecutableFile {
  /// The functions that a source names; nil if the file has no such source.
  ///
  /// A file with all its symbols is not asked for more.
  func functionTable(_ source: FunctionSource) throws(BPFError) -> (any FunctionTable)? {
    switch source {
    case .dynamicSymbols: try symbolTable(Section.dynamicSymbols)
    case .symbols: try symbolTable(Section.symbols)
    case .debugFile: isStripped ? try debugFile()?.symbolTable(Section.symbols) : nil
    case .goTable: isStripped ? try GoFunctionTable(of: self) : nil
    }
  }

  /// The symbols of a kind. A file has one table of each; one that says more was not made by a linker.
  private func symbolTable(_ kind: UInt32) throws(BPFError) -> SymbolTable? {
    guard let section = sections(ofKind: kind).first else { return nil }
    return try SymbolTable(section, of: self)
  }

  /// Whether the symbols were removed that neither the dynamic linker nor the program needs.
  private var isStripped: Bool { sections(ofKind: Section.symbols).isEmpty }

  /// The error for a function that the file has not: why, and what helps.
  func absence(of name: FunctionName) throws(BPFError) -> BPFError {
    let missing = "there is no function '\(name.name)'" + (name.version.map { " of version '\($0)'" } ?? "")
    if try imports(name.name) {
      return BPFError(
        .findSymbol, .notFound, path: path,
        "\(missing): the file imports it: name the library that has it")
    }
    return BPFError(.findSymbol, .notFound, path: path, missing + (try strippedHint))
  }

  /// Whether another file has a function that this one calls.
  private func imports(_ name: String) throws(BPFError) -> Bool {
    for kind in [Section.dynamicSymbols, Section.symbols] {
      if try symbolTable(kind)?.imports(name) == true { return true }
    }
    return false
  }

  /// What to add to an error about a missing function: that the file is stripped, and what helps; empty if it is not.
  var strippedHint: String {
    get throws(BPFError) {
      guard isStripped else { return "" }
      for source in [FunctionSource.debugFile, .goTable] where try functionTable(source) != nil { return "" }
      let left =
        sections(ofKind: Section.dynamicSymbols).isEmpty
        ? "" : ", only symbols for the dynamic linker are left"
      let compressed =
        try section(named: ".gnu_debugdata") == nil ? "" : " (its compressed .gnu_debugdata is not read)"
      return
        ": the file is stripped\(left)\(compressed): install its debug file below \(debugDirectory), or give the offset "
        + "of the function in the file"
    }
  }
}
