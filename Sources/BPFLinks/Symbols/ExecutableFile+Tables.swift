//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF
internal import SystemPackage

/// The sources of function names, in search order.
enum FunctionSource: CaseIterable {
  /// The symbols for the dynamic linker, `.dynsym`.
  case dynamicSymbols
  /// All symbols, `.symtab`.
  case symbols
  /// All symbols, in a separate debug file.
  case debugFile
  /// The function table for tracebacks in programs written in Go.
  case goTable
}

extension ExecutableFile {
  /// Returns the function table of a source; nil if the file does not have it.
  ///
  /// For a file that is not stripped, the debug file and the Go table are skipped.
  func functionTable(_ source: FunctionSource) throws(BPFError) -> (any FunctionTable)? {
    switch source {
    case .dynamicSymbols: try symbolTable(.dynamicSymbols)
    case .symbols: try symbolTable(.symbols)
    case .debugFile: isStripped ? try debugFile()?.symbolTable(.symbols) : nil
    case .goTable: isStripped ? try GoFunctionTable(of: self) : nil
    }
  }

  /// Returns the symbol table of a kind. Linkers write at most one of each kind.
  private func symbolTable(_ kind: ELFSection.Kind) throws(BPFError) -> SymbolTable? {
    guard let section = sections(ofKind: kind).first else { return nil }
    return try SymbolTable(section, of: self)
  }

  /// Whether the file has no `.symtab`.
  private var isStripped: Bool { sections(ofKind: .symbols).isEmpty }

  /// Returns the error for a missing function, with the cause and advice.
  func absence(of name: FunctionName) throws(BPFError) -> BPFError {
    let missing = "there is no function '\(name.name)'" + (name.version.map { " of version '\($0)'" } ?? "")
    if try imports(name.name) {
      return BPFError(
        .findSymbol, .notFound, path: path,
        "\(missing): the file imports it: name the library that defines it")
    }
    return BPFError(.findSymbol, .notFound, path: path, missing + (try strippedHint))
  }

  /// Returns whether the file imports a function from another file.
  private func imports(_ name: String) throws(BPFError) -> Bool {
    for kind in [ELFSection.Kind.dynamicSymbols, .symbols] {
      if try symbolTable(kind)?.imports(name) == true { return true }
    }
    return false
  }

  /// A hint for errors about missing functions, with advice for stripped files; empty if the file is not stripped.
  var strippedHint: String {
    get throws(BPFError) {
      guard isStripped else { return "" }
      for source in [FunctionSource.debugFile, .goTable] where try functionTable(source) != nil { return "" }
      let left =
        sections(ofKind: .dynamicSymbols).isEmpty
        ? "" : ", only symbols for the dynamic linker are left"
      let compressed =
        try section(named: ".gnu_debugdata") == nil ? "" : " (its compressed .gnu_debugdata is not read)"
      return
        ": the file is stripped\(left)\(compressed): install its debug file below \(debugDirectory), or give the "
        + "function's offset in the file"
    }
  }
}
