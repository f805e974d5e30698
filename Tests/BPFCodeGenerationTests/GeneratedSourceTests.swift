//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import BTF
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration

/// Generates Swift for the object fixtures of all other tests.
@Suite("Generated sources", .sources)
struct GeneratedSourceTests {
  private static let tests = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
  private static let headers = tests.removingLastComponent().appending("Headers")

  private static let names = [
    "callbacks", "core", "core_enums", "core_fields", "core_types", "counter", "declarations",
    "element_iterator",
    "externs", "functions", "globals", "inner_maps", "iterators", "kconfig", "kfuncs", "ksyms", "legacy",
    "missing_field", "operations", "optional", "pinned", "refused", "relocations", "ring_buffer", "sections",
    "spin_lock", "struct_ops", "subprograms", "system_call", "tail_calls", "timers", "variables", "xdp",
    "zeroed_sections",
  ]

  private func object(_ name: String) throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      let source = Self.tests.appending("BPFObjectsTests/Fixtures/\(name).bpf.c")
      try Toolchain.compile(
        file: source, to: object, includePaths: [Self.headers], definitions: ["__TARGET_ARCH_x86"])
      return try KernelFile.bytes(of: object)
    }
  }

  @Test(
    "Generated sources compile without errors and warnings under all optional rules",
    .enabled(
      if: BuiltModules.ofTheseTests != nil, "needs root: the tests run apart from the modules built with them"
    ))
  func compiles() throws {
    let modules = try #require(BuiltModules.ofTheseTests)
    try withTemporaryDirectory { directory in
      var sources: [FilePath] = []
      for name in Self.names {
        let file = try ObjectFile(bytes: object(name), name: name)
        let declaration = ObjectDeclaration(file, embedded: "", fileName: "\(name).bpf.c")
        let path = directory.appending("\(name).swift")
        try modules.write(declaration.source, to: path)
        sources.append(path)
      }
      #expect(try modules.diagnostics(of: sources) == "")
    }
  }

  @Test(
    "The generator's error for a missing compiler names it and the remedy",
    .enabled(
      if: BuiltModules.ofTheseTests != nil, "needs root: the tests run apart from the modules built with them"
    ))
  func missingCompiler() throws {
    let modules = try #require(BuiltModules.ofTheseTests)
    let generator = try modules.generate(["x.bpf.c", "x.bpf.o", "x.swift", "/nowhere/clang", "-g"])
    #expect(generator.status == 1)
    #expect(
      generator.standardError == """
        x.bpf.c: error: cannot compile it: there is no executable file '/nowhere/clang': install a Swift toolchain, \
        which has clang

        """)
  }

  @Test("Stripping keeps everything that the library reads", arguments: names)
  func stripping(_ name: String) throws {
    let unstripped = try object(name)
    let stripped = StrippedObject(unstripped).bytes
    #expect(stripped.count < unstripped.count)
    let (before, after) = (
      try ObjectFile(bytes: unstripped, name: name), try ObjectFile(bytes: stripped, name: name)
    )
    #expect(after.license == before.license)
    #expect(after.types?.count == before.types?.count)
    #expect(after.maps.map(\.contents) == before.maps.map(\.contents))
    #expect(after.maps.map(\.initialValues) == before.maps.map(\.initialValues))
    #expect(after.variables.names == before.variables.names)
    #expect(after.externs.names == before.externs.names)
    #expect(after.programs.names == before.programs.names)
    for program in before.programs {
      #expect(try after.instructions(of: program.name) == before.instructions(of: program.name))
      #expect(try after.relocations(of: program.name) == before.relocations(of: program.name))
    }
  }

  @Test("Keeps truncated objects unchanged, and survives damaged ones")
  func damaged() throws {
    let unstripped = try object("counter")
    for length in [0, 5, 63, 64, unstripped.count / 2, unstripped.count - 1] {
      #expect(StrippedObject(Array(unstripped[..<length])).bytes == Array(unstripped[..<length]))
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var damaged = unstripped
      let offset = Int.random(in: 0..<damaged.count, using: &generator)
      damaged[offset] = .random(in: 0...255, using: &generator)
      _ = StrippedObject(damaged)
    }
  }
}
