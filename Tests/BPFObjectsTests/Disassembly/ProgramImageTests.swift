//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BPFObjects
import BPFSyscall

@Suite("Code of programs", .kernel, .bpftool, .sources)
struct ProgramImageTests {
  private static func program(_ object: String, _ name: String) throws -> Program {
    try #require(try ObjectFixture.object(object).load().programs[name])
  }

  @Test("Instructions are those of bpftool")
  func code() throws {
    let program = try Self.program("counter", "count")
    let image = try program.image()
    try withTemporaryDirectory { directory in
      let file = directory.appending("code")
      _ = try Bpftool.text("prog", "dump", "xlated", "id", "\(program.id)", "file", file.string)
      #expect(try image.instructions.flatMap(\.encoded.bytes) == KernelFile.bytes(of: file))
    }
    #expect(try image.instructions == program.translatedInstructions())
    let theirs = try Bpftool.run("prog", "show", "id", "\(program.id)")
    #expect(image.machineCode.count == theirs["bytes_jited"].integer)
    #expect(image.machineCode.contains { $0 != 0 })
  }

  @Test("Each function has the kernel's symbol")
  func functions() throws {
    let object = try ObjectFixture.object("subprograms").load()
    for (_, program) in object.programs {
      let image = try program.image()
      #expect(image.functions.first?.name == program.name)
      #expect(image.functions.first?.instruction == 0)
      #expect(image.functions.first?.tag == program.tag)
      #expect(image.functions.compactMap(\.machineCodeSize).reduce(0, +) == image.machineCode.count)
      for function in image.functions {
        let tag = try #require(function.tag)
        let symbols = try Command.run("grep", [" bpf_prog_\(tag)_", "/proc/kallsyms"]).standardOutput
        let address = String(try #require(function.address), radix: 16)
        #expect(symbols.split(separator: "\n").contains { $0.hasPrefix("\(address) t bpf_prog_\(tag)_") })
      }
    }
    #expect(try object.programs.contains { try $0.value.image().functions.count > 1 })
  }

  @Test("Source lines are those of bpftool")
  func sourceLines() throws {
    let program = try Self.program("counter", "count")
    let lines = try program.image().sourceLines
    let theirs = try Bpftool.text("prog", "dump", "xlated", "id", "\(program.id)", "linum")
      .split(separator: "\n").filter { $0.hasPrefix("; ") }
    let ours = lines.map { line in
      let text = line.text.drop { $0 == " " || $0 == "\t" }
      return "; \(text) [file:\(line.file) line_num:\(line.line) line_col:\(line.column)]"
    }
    #expect(!theirs.isEmpty && ours == theirs.map(String.init))
    #expect(
      lines.allSatisfy { $0.address != nil } && lines.map(\.instruction) == lines.map(\.instruction).sorted())
  }

  @Test("A program from instructions has no types, but functions")
  func withoutTypes() throws {
    let program = try Program(
      type: .socketFilter,
      assembly: [
        .call(function: "three"), .exit,
        .label("three"), .move(3, to: .r0), .exit,
      ], license: "GPL")
    let image = try program.image()
    #expect(image.sourceLines.isEmpty && image.functions.count == 2)
    #expect(image.functions.allSatisfy { $0.name.isEmpty && $0.instruction == nil && $0.address != nil })
    let theirs = try Bpftool.text("prog", "dump", "xlated", "id", "\(program.id)")
    #expect(try program.disassembly(.bpftool).description + "\n" == theirs)
  }

  @Test("Names maps and functions by default")
  func names() throws {
    let program = try Self.program("counter", "count")
    let text = try program.disassembly().description
    #expect(text.contains("= map[") && !text.contains("map[id:"))
    #expect(text.contains("int count("))
    let calling = try ObjectFixture.object("subprograms").load()
    let texts = try calling.programs.map { try $0.value.disassembly().description }
    #expect(texts.contains { $0.contains("call pc+") } && !texts.contains { $0.contains("#bpf_prog_") })
  }

  @Test("Prototypes of types that come from anybody end")
  func cyclicTypes() throws {
    var builder = BTFBuilder()
    let pointer = builder.add(.pointer(to: 1))
    let prototype = builder.add(.functionPrototype(result: 0, parameters: [.init("p", type: pointer)]))
    let function = builder.add("endless", .function(prototype: prototype, .static))
    let types = try builder.types()
    #expect(types[function]?.prototypeText.hasPrefix("void endless(") == true)
    // Each prototype has two parameters that are pointers to it: a tree of 2^32 prototypes.
    var branching = BTFBuilder()
    let branch = branching.add(.pointer(to: 2))
    let both = branching.add(
      .functionPrototype(result: 0, parameters: [.init("a", type: branch), .init("b", type: branch)]))
    let wide = branching.add("wide", .function(prototype: both, .static))
    let text = try #require(try branching.types()[wide]?.prototypeText)
    #expect(text.hasPrefix("void wide(") && text.utf8.count < 4096)
  }
}
