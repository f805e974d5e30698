//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension ExecutableFile {
  /// Where in the file a function is, or a place in it: what a probe is set on.
  ///
  /// Functions are looked for among the symbols for the dynamic linker, then among all others. Where a stripped file lacks
  /// those, they are looked for in its separate debug file, which is found below /usr/lib/debug by the file's build id, or
  /// beside the file by the name in its section `.gnu_debuglink`, and in the table that programs written in Go have. Of
  /// several functions with the name, the version is taken that programs get by default, and a weak symbol only if there
  /// is no other.
  ///
  /// System calls: pread(2) for each table of symbols, of their names and versions; for a stripped file also those of
  /// opening and reading its debug file.
  ///
  /// - Parameter name: the function's name, as the compiler made it. A version may follow, as in `malloc@GLIBC_2.2.5`, and
  ///   a number of bytes from its beginning, as in `malloc+0x10`.
  /// - Returns: bytes from the beginning of the file.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such function, `BPFError.Code.ambiguous` if there are
  ///   several: the error lists some; `BPFError.Code.unsupported` if it is chosen among others when the program starts,
  ///   `BPFError.Code.malformed` for a file that is damaged.
  public func offset(of name: String) throws(BPFError) -> UInt64 {
    try offsets(of: [name])[0]
  }

  /// Where in the file functions are, or places in them, all found in one pass. See ``offset(of:)``.
  public func offsets(of names: [String]) throws(BPFError) -> [UInt64] {
    let wanted = names.map(FunctionName.init)
    var search = FunctionSearch(wanted)
    for source in FunctionSource.allCases where !search.isDone {
      if let table = try functionTable(source) { try search.search(table, of: self) }
    }
    var offsets: [UInt64] = []
    for (index, name) in wanted.enumerated() {
      let offset = try chosen(name, search.candidates[index])
      let place = offset.addingReportingOverflow(name.offset)
      guard !place.overflow, isExecutable(at: place.partialValue) else {
        throw BPFError(
          .findSymbol, .invalidArgument, path: path,
          "'\(name.text)' is in no part of the file that is executed")
      }
      offsets.append(place.partialValue)
    }
    return offsets
  }

  /// The functions whose names fit a pattern, in the order in which they are in the file.
  ///
  /// A function with several names is listed once. Functions that are chosen when the program starts are left out.
  ///
  /// System calls: as ``offset(of:)``.
  ///
  /// - Parameter pattern: a name in which `*` stands for any characters and `?` for one.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the file has no symbols, `BPFError.Code.malformed` for a file that
  ///   is damaged.
  public func functions(matching pattern: String = "*") throws(BPFError) -> [ExecutableFunction] {
    try functionsAndSkipped(matching: pattern).functions
  }

  /// The functions whose names fit a pattern, and those of them that no probe can be on, by their names.
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
      var names = NameAnswers<String?>()
      try table.forEachFunction { entry in
        let name = names.answer(entry.name) { name in
          pattern.matches(name) ? String(decoding: name, as: UTF8.self) : nil
        }
        guard let name else { return }
        guard !entry.isIndirect, let function = function(entry, named: name, table.version(of: entry)) else {
          skipped.insert(
            SkippedFunction(
              name,
              entry.isIndirect
                ? "it is chosen when a program starts (IFUNC)"
                : "it is in no part of the file that is executed"))
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

  /// A function of a table; nil if it is nowhere in the file.
  func function(
    _ entry: FunctionEntry, named name: String, _ version: SymbolVersions.Version?
  ) -> ExecutableFunction? {
    fileOffset(of: entry.address, isExecutable: true).map { offset in
      ExecutableFunction(name: name, version: version?.name, offset: offset, byteCount: entry.byteCount)
    }
  }

  /// The one of several functions that a name means.
  private func chosen(_ name: FunctionName, _ candidates: [FunctionCandidate]) throws(BPFError) -> UInt64 {
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
          + "; give the offset of one in the file")
    }
    guard !first.isIndirect else {
      throw BPFError(
        .findSymbol, .unsupported, path: path,
        "which function '\(name.name)' is gets chosen when a program starts (IFUNC): name the one that is chosen"
      )
    }
    return first.function.offset
  }
}
