//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import ELF
internal import SystemPackage

extension ExecutableFile {
  /// Returns the file offset of a function, or of an instruction in it, for a probe.
  ///
  /// Searches the symbols for the dynamic linker, then all other symbols. A stripped file lacks the latter. They are
  /// then searched in its separate debug file, found below /usr/lib/debug by the build id or near the file by its
  /// section `.gnu_debuglink`, and in the function table of programs written in Go. Of several functions with the name,
  /// prefers the default version, and other symbols over weak ones.
  ///
  /// System calls: pread(2) for each symbol table, its names and versions; for a stripped file also those of opening
  /// and reading its debug file.
  ///
  /// - Parameter name: the function's symbol name, mangled by the compiler. It may have a version, as in
  ///   `malloc@GLIBC_2.2.5`, and an offset in bytes, as in `malloc+0x10`.
  /// - Returns: the offset from the beginning of the file, in bytes.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such function; `BPFError.Code.ambiguous` if there
  ///   are several: the error lists some; `BPFError.Code.unsupported` for a function that is selected when the program
  ///   starts (IFUNC); `BPFError.Code.malformed` for a damaged file.
  public func offset(of name: String) throws(BPFError) -> UInt64 {
    try offsets(of: [name])[0]
  }

  /// Returns the file offsets of functions, or of instructions in them, in one pass. See ``offset(of:)``.
  public func offsets(of names: [String]) throws(BPFError) -> [UInt64] {
    let wanted = names.map(FunctionName.init)
    var search = FunctionSearch(wanted)
    for source in FunctionSource.allCases where !search.isDone {
      if let table = try functionTable(source) { try search.search(table, of: self) }
    }
    var offsets: [UInt64] = []
    for (index, name) in wanted.enumerated() {
      let offset = try resolve(name, search.candidates[index])
      let position = offset.addingReportingOverflow(name.offset)
      guard !position.overflow, isExecutable(at: position.partialValue) else {
        throw BPFError(
          .findSymbol, .invalidArgument, path: path,
          "'\(name.text)' is in no executable segment of the file")
      }
      offsets.append(position.partialValue)
    }
    return offsets
  }

  /// Returns the functions that match a name pattern, in the order of the file.
  ///
  /// Lists a function with several names once. Skips functions that are selected when the program starts (IFUNC).
  ///
  /// System calls: as ``offset(of:)``.
  ///
  /// - Parameter pattern: a name; `*` matches any characters, and `?` matches one.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the file has no symbols; `BPFError.Code.malformed` for a damaged
  ///   file.
  public func functions(matching pattern: String = "*") throws(BPFError) -> [ExecutableFunction] {
    try functionsAndSkipped(matching: pattern).functions
  }

  /// Returns the functions that match a name pattern, and the matching functions that cannot be probed, by name.
  func functionsAndSkipped(
    matching pattern: String
  ) throws(BPFError) -> (functions: [ExecutableFunction], skipped: [SkippedFunction]) {
    let pattern = NamePattern(pattern)
    var found: [UInt64: ExecutableFunction] = [:]
    var skipped: Set<SkippedFunction> = []
    var hasTable = false
    for source in FunctionSource.allCases {
      guard let table = try functionTable(source) else { continue }
      hasTable = true
      var names = NameCache<String?>()
      try table.forEachFunction { entry in
        let name = names.value(for: entry.name) { name in
          pattern.matches(name) ? String(decoding: name, as: UTF8.self) : nil
        }
        guard let name else { return }
        guard !entry.isIndirect, let function = function(entry, named: name, table.version(of: entry)) else {
          skipped.insert(
            SkippedFunction(
              name,
              entry.isIndirect
                ? "it is selected when a program starts (IFUNC)"
                : "it is in no executable segment of the file"))
          return
        }
        if found[function.offset] == nil { found[function.offset] = function }
      }
    }
    guard hasTable else {
      throw BPFError(.findSymbol, .notFound, path: path, "the file has no symbols\(try strippedHint)")
    }
    return (
      found.values.sorted { $0.offset < $1.offset }, skipped.sorted { $0.name < $1.name }
    )
  }

  /// Returns a table entry as a function; nil if its address is not in the file.
  func function(
    _ entry: FunctionEntry, named name: String, _ version: SymbolVersions.Version?
  ) -> ExecutableFunction? {
    fileOffset(of: entry.address, isExecutable: true).map { offset in
      ExecutableFunction(name: name, version: version?.name, offset: offset, byteCount: entry.byteCount)
    }
  }

  /// Returns the offset of the function that a name refers to among several candidates.
  private func resolve(_ name: FunctionName, _ candidates: [FunctionCandidate]) throws(BPFError) -> UInt64 {
    let preferred = candidates.preferred
    guard let first = preferred.first else {
      throw try absence(of: name)
    }
    guard preferred.count == 1 else {
      throw BPFError(
        .findSymbol, .ambiguous, path: path,
        "there is more than one function '\(name.name)': "
          + preferred.prefix(8).map(\.description).joined(separator: ", ")
          + (preferred.count > 8 ? " and \(preferred.count - 8) more" : "")
          + ": give the file offset of one")
    }
    guard !first.isIndirect else {
      throw BPFError(
        .findSymbol, .unsupported, path: path,
        "the implementation of '\(name.name)' is selected when a program starts (IFUNC): name the selected function"
      )
    }
    return first.function.offset
  }
}
