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

@Suite("Symbols of stripped files", .sources, .leftOutInEmulation(.asksNoKernel))
struct StrippedFileTests {
  /// The probed library, stripped, and what a separate debug file of it would be.
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

    /// Makes a debug file at a path.
    func makeDebugFile(at path: FilePath) throws {
      _ = try Command.run("mkdir", ["-p", path.removingLastComponent().string])
      try Toolchain.objcopy("--only-keep-debug", whole.string, path.string)
    }

    var file: ExecutableFile {
      get throws { try ExecutableFile(at: library, debugDirectory: debugDirectory) }
    }
  }

  /// What only the whole file has: two functions of this name.
  private let local = "probed_first_twin"

  /// Whether what a library has of its own is found at the right offsets.
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

  @Test("A debug file is found by the build id, if it has the same one")
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
    "A debug file is found by its name, if it has the right checksum", arguments: ["", ".debug", "debug"])
  func link(place: String) throws {
    try withTemporaryDirectory { directory in
      let stripped = try Stripped(in: directory)
      let first = directory.appending("library.debug")
      try stripped.makeDebugFile(at: first)
      try Toolchain.objcopy("--add-gnu-debuglink=\(first)", stripped.library.string)
      let path =
        switch place {
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

  @Test("Whoever misses a function is told of what stripped files lack, and of what a file imports")
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
          imported == "there is no function 'elsewhere': the file imports it: name the library that has it")
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

  /// How a file has its table of functions.
  struct GoFile: CustomTestStringConvertible {
    var form: Int
    var section = ".gopclntab"
    var options: [String] = ["-DTEXT"]
    var isShared = false
    /// The name that Go's own linker gives to the section of a file that may be mapped anywhere.
    var isRenamed = false
    var testDescription: String { "Go 1.\(form), \(section), \(isShared ? "shared" : "fixed"), \(options)" }

    static let all =
      [2, 16, 18, 20].flatMap { form in
        [
          GoFile(form: form),
          GoFile(form: form, isShared: true),
          GoFile(form: form, section: ".data.rel.ro", options: ["-DTEXT", "-DOTHERS"], isShared: true),
        ]
      } + [
        GoFile(form: 20, options: ["-DMODULE"]),
        GoFile(form: 20, options: ["-DMODULE", "-DOTHERS"], isShared: true),
        GoFile(form: 20, options: []), GoFile(form: 18, isShared: true, isRenamed: true),
      ]

    /// Makes the file.
    func make(at path: FilePath, _ more: [String] = []) throws {
      try Toolchain.compileForUserSpace(
        file: ProbedLibrary.fixtures.directory.appending("go_table.c"), to: path,
        [
          "-nostdlib", "-w", "-DFORM=\(form)", "-DSECTION=\"\(section)\"",
          "-DFLAGS=\"\(isShared ? "aw" : "a")\"",
        ]
          + (isShared ? ["-shared"] : ["-static", "-Wl,-e,go_first"]) + options + more)
    }
  }

  #if arch(x86_64) || arch(arm64)
  @Test("The functions of a stripped Go program are in its own table", arguments: GoFile.all)
  func goTable(file: GoFile) throws {
    try withTemporaryDirectory { directory in
      let (path, whole) = (directory.appending("stripped"), directory.appending("whole"))
      try file.make(at: whole)
      let name = file.isRenamed ? ".data.rel.ro.gopclntab" : file.section
      try Toolchain.objcopy(
        "--rename-section", "\(file.section)=\(name)", "--strip-all", whole.string, path.string)
      // What an exported function has for the dynamic linker is not asked about.
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

  @Test("A Go table that does not say where instructions begin counts only if another place does")
  func goTableWithoutText() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("stripped")
      // Other instructions are before, and nothing says how many.
      try GoFile(form: 20, options: ["-DOTHERS"]).make(at: path, ["-s"])
      let error = #expect(throws: BPFError.self) { try ExecutableFile(path).offset(of: "main.first") }
      #expect(error?.explanation.contains("stripped") == true)
    }
  }
  #endif

  @Test("No damage to a Go table does more than an error")
  func goDamage() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("stripped")
      for form in [2, 20] {
        try GoFile(form: form).make(at: path, ["-s"])
        let whole = try SymbolTests.readAll(path)
        let file = try ExecutableFile(path)
        _ = try file.offset(of: "main.first")
        let start = try #require(
          whole.indices.first { whole[$0...].starts(with: [form == 2 ? 0xfb : 0xf1, 0xff, 0xff, 0xff]) })
        for place in start..<min(start + 200, whole.count) {
          for value: UInt8 in [0, 0x7f, 0xff] {
            var damaged = whole
            damaged[place] = value
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
