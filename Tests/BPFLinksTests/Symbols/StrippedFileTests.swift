//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFObjects
import KernelFixtures
import Testing

@Suite("Symbols of stripped files", .sources, .notEmulated(.asksNoKernel))
struct StrippedFileTests {
  /// The probed library, stripped, and the original for making its separate debug file.
  private struct Stripped {
    let directory: FilePath
    let library: FilePath
    let whole: FilePath
    var debugDirectory: FilePath { directory.appending("debug") }

    init(in directory: FilePath, _ options: [String] = []) throws {
      self.directory = directory
      (library, whole) = (directory.appending("library.so"), directory.appending("whole.so"))
      try ProbedLibrary.make(at: whole, options)
      try Toolchain.objcopy("--strip-all", whole.string, library.string)
    }

    /// Creates a debug file at a path.
    func makeDebugFile(at path: FilePath) throws {
      _ = try Command.run("mkdir", ["-p", path.removingLastComponent().string])
      try Toolchain.objcopy("--only-keep-debug", whole.string, path.string)
    }

    var file: ExecutableFile {
      get throws { try ExecutableFile(at: library, debugDirectory: debugDirectory) }
    }
  }

  /// A function that only the unstripped file contains, a second one of this name.
  private let local = "probed_first_twin"

  /// Expects the library's local functions to be found at the right offsets, or not to be found.
  private func expectFound(_ stripped: Stripped, _ isFound: Bool = true) throws {
    let whole = try ExecutableFile(stripped.whole)
    if isFound {
      #expect(try stripped.file.functions(matching: "twin") == whole.functions(matching: "twin"))
      #expect(try stripped.file.functions(matching: "choose") == whole.functions(matching: "choose"))
      #expect(try stripped.file.offset(of: "choose") == whole.offset(of: "choose"))
    } else {
      let error = #expect(throws: BPFError.self) { try stripped.file.offset(of: "choose") }
      #expect(error?.code == .notFound && error?.explanation.contains("stripped") == true)
      #expect(try stripped.file.functions(matching: "choose").isEmpty)
    }
  }

  @Test("Finds a debug file by path only if it has the same build id")
  func buildID() throws {
    try withTemporaryDirectory { directory in
      let stripped = try Stripped(in: directory, ["-Wl,--build-id=0xabcdef0123"])
      try expectFound(stripped, false)
      let path = stripped.debugDirectory.appending(".build-id/ab/cdef0123.debug")
      try stripped.makeDebugFile(at: path)
      try expectFound(stripped)
      let other = directory.appending("other.so")
      try ProbedLibrary.make(at: other, ["-Wl,--build-id=0xabcdef0124"])
      try Toolchain.objcopy("--only-keep-debug", other.string, path.string)
      try expectFound(stripped, false)
    }
  }

  @Test(
    "Finds a debug file by name only if it has the right checksum", arguments: ["", ".debug", "debug"])
  func link(folder: String) throws {
    try withTemporaryDirectory { directory in
      let stripped = try Stripped(in: directory)
      let first = directory.appending("library.debug")
      try stripped.makeDebugFile(at: first)
      try Toolchain.objcopy("--add-gnu-debuglink=\(first)", stripped.library.string)
      let path =
        switch folder {
        case "": first
        case ".debug": directory.appending(".debug/library.debug")
        default: stripped.debugDirectory.appending(directory.components).appending("library.debug")
        }
      if path != first {
        try stripped.makeDebugFile(at: path)
        _ = try Command.run("rm", [first.string])
      }
      try expectFound(stripped)
      var bytes = try SymbolTests.readAll(path)
      bytes[bytes.count - 1] ^= 1
      try SymbolTests.write(bytes, to: path)
      try expectFound(stripped, false)
    }
  }

  @Test("The error for a missing function explains stripped files and imported functions")
  func hints() throws {
    try withTemporaryDirectory { directory in
      let stripped = try Stripped(in: directory)
      func explanation(_ file: ExecutableFile, _ name: String) -> String? {
        let error = #expect(throws: BPFError.self) { try file.offset(of: name) }
        #expect(error?.code == .notFound)
        return error?.explanation
      }
      let left = try explanation(stripped.file, "twin")
      #expect(
        left?.hasPrefix("there is no function 'twin': the file is stripped, only symbols for the dynamic")
          == true)
      #expect(left?.contains(stripped.debugDirectory.string) == true)
      let source = directory.appending("caller.c")
      try SymbolTests.write(
        Array("int elsewhere(void); int here(void) { return elsewhere() + 1; }".utf8), to: source)
      let caller = directory.appending("caller.so")
      for options in [[], ["-s"]] {
        try Toolchain.compileForUserSpace(
          file: source, to: caller, ["-shared", "-fPIC", "-nostdlib"] + options)
        let imported = try explanation(ExecutableFile(caller), "elsewhere")
        #expect(
          imported
            == "there is no function 'elsewhere': the file imports it: name the library that defines it")
      }
      let program = directory.appending("program")
      try SymbolTests.write(Array("void _start(void) {}".utf8), to: source)
      try Toolchain.compileForUserSpace(file: source, to: program, ["-static", "-nostdlib", "-s"])
      #expect(
        try explanation(ExecutableFile(program), "_start")?.contains("the file is stripped: install") == true)
      let error = #expect(throws: BPFError.self) { try ExecutableFile(program).functions() }
      #expect(error?.explanation.hasPrefix("the file has no symbols: the file is stripped") == true)
    }
  }

  // MARK: - Go

  /// A variant of a file with a Go function table.
  struct GoFile: CustomTestStringConvertible {
    var version: Int
    var section = ".gopclntab"
    var options: [String] = ["-DTEXT"]
    var isShared = false
    /// Whether the section has the name that Go's own linker uses in position-independent files.
    var isRenamed = false
    var testDescription: String {
      "Go 1.\(version), \(section), \(isShared ? "shared" : "fixed"), \(options)"
    }

    static let all =
      [2, 16, 18, 20].flatMap { version in
        [
          GoFile(version: version),
          GoFile(version: version, isShared: true),
          GoFile(version: version, section: ".data.rel.ro", options: ["-DTEXT", "-DOTHERS"], isShared: true),
        ]
      } + [
        GoFile(version: 20, options: ["-DMODULE"]),
        GoFile(version: 20, options: ["-DMODULE", "-DOTHERS"], isShared: true),
        GoFile(version: 20, options: []), GoFile(version: 18, isShared: true, isRenamed: true),
      ]

    /// Compiles the file.
    func make(at path: FilePath, _ more: [String] = []) throws {
      try Toolchain.compileForUserSpace(
        file: ProbedLibrary.fixtures.directory.appending("go_table.c"), to: path,
        [
          "-nostdlib", "-w", "-DFORM=\(version)", "-DSECTION=\"\(section)\"",
          "-DFLAGS=\"\(isShared ? "aw" : "a")\"",
        ]
          + (isShared ? ["-shared"] : ["-static", "-Wl,-e,go_first"]) + options + more)
    }
  }

  #if arch(x86_64) || arch(arm64)
  @Test("Finds the functions of a stripped Go program in its function table", arguments: GoFile.all)
  func goTable(file: GoFile) throws {
    try withTemporaryDirectory { directory in
      let (path, whole) = (directory.appending("stripped"), directory.appending("whole"))
      try file.make(at: whole)
      let name = file.isRenamed ? ".data.rel.ro.gopclntab" : file.section
      try Toolchain.objcopy(
        "--rename-section", "\(file.section)=\(name)", "--strip-all", whole.string, path.string)
      // Dynamic symbols of exported functions are not compared.
      let functions = try ExecutableFile(path).functions(matching: "main.*")
      if !file.isShared {
        let symbols = try ExecutableFile(whole).functions(matching: "go_*")
        #expect(functions.map(\.offset) == symbols.map(\.offset))
        #expect(functions.map(\.byteCount) == symbols.map(\.byteCount))
        #expect(functions.map(\.name) == ["main.first", "main.(*Type[go.shape.int]).second"])
      }
      let exported = try ExecutableFile(whole).offsets(of: ["go_first", "go_second"])
      let named = try ExecutableFile(path).offsets(of: ["main.first", "main.(*Type[go.shape.int]).second"])
      #expect(named == exported)
      let missing = #expect(throws: BPFError.self) { try ExecutableFile(path).offset(of: "main.third") }
      #expect(missing?.explanation == "there is no function 'main.third'")
    }
  }

  @Test("Skips a Go table if nothing specifies where the instructions begin")
  func goTableWithoutText() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("stripped")
      // Other instructions precede the functions, and nothing specifies their size.
      try GoFile(version: 20, options: ["-DOTHERS"]).make(at: path, ["-s"])
      let error = #expect(throws: BPFError.self) { try ExecutableFile(path).offset(of: "main.first") }
      #expect(error?.explanation.contains("stripped") == true)
    }
  }
  #endif

  @Test("A damaged Go table causes at most an error")
  func goDamage() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("stripped")
      for version in [2, 20] {
        try GoFile(version: version).make(at: path, ["-s"])
        let whole = try SymbolTests.readAll(path)
        let file = try ExecutableFile(path)
        _ = try file.offset(of: "main.first")
        let start = try #require(
          whole.indices.first { whole[$0...].starts(with: [version == 2 ? 0xfb : 0xf1, 0xff, 0xff, 0xff]) })
        for index in start..<min(start + 200, whole.count) {
          for value: UInt8 in [0, 0x7f, 0xff] {
            var damaged = whole
            damaged[index] = value
            try SymbolTests.write(damaged, to: path)
            let file = try ExecutableFile(path)
            _ = try? file.offset(of: "main.first")
            _ = try? file.functions()
          }
        }
      }
    }
  }
}
