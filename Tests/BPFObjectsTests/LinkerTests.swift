//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@Suite("Linking programs", .sources)
struct LinkerTests {
  @Test("Reads the sections, programs and functions of an object", arguments: ["bpfel", "bpfeb"])
  func functions(target: String) throws {
    let file = try ObjectFixture.object("functions", target: target)
    #expect(file.programs.names == ["first", "second", "third", "alone"])
    #expect(file.programs.map(\.isLoaded) == [true, true, false, true])
    #expect(file.programs.map(\.sectionName) == ["tc", "tc", "tc", "xdp"])
    #expect(file.programs["alone"]?.type == .xdp && file.programs["alone"]?.expectedAttachType == .xdp)

    #expect(file.code.map(\.name) == [".text", "tc", "?tc", "xdp"])
    let text = file.code[0]
    let linkage = Dictionary(uniqueKeysWithValues: text.functions.map { ($0.name, $0.linkage) })
    #expect(
      linkage == [
        "leaf": .static, "step": .static, "shared": .global, "hidden": .hidden, "weak": .global,
        "unused": .global,
      ])
    #expect(text.functions.first { $0.name == "weak" }?.isWeak == true)
    #expect(text.functions.map(\.range.lowerBound) == text.functions.map(\.range.lowerBound).sorted())
    #expect(text.functionInfo.count == text.functions.count)
  }

  @Test(
    "Appends functions in call order",
    arguments: [
      ("first", ["first", "hidden", "shared", "leaf", "weak"]),
      ("second", ["second", "leaf", "hidden", "shared"]), ("third", ["third", "step", "leaf", "weak"]),
      ("alone", ["alone"]),
    ])
  func order(program: String, functions: [String]) throws {
    let file = try ObjectFixture.object("functions")
    let linked = try file.linked(program)
    #expect(linked.name == program && linked.functions.map(\.name) == functions)
    #expect(linked.functions.last?.range.upperBound == linked.instructions.count)

    // Every call targets the start of the function that the source names.
    let starts = Dictionary(uniqueKeysWithValues: linked.functions.map { ($0.range.lowerBound, $0.name) })
    let calls = [
      "first": ["hidden", "weak", "shared"], "hidden": ["shared"], "shared": ["leaf"],
      "second": ["leaf", "hidden"],
      "third": ["step", "weak"], "step": ["leaf"],
    ]
    for function in linked.functions {
      let targets = function.range.compactMap { index -> String? in
        let instruction = linked.instructions[index]
        let isAddress = instruction.isWideLoad && instruction.source == Instruction.Pseudo.functionAddress
        guard instruction.isFunctionCall || isAddress else { return nil }
        return starts[index + 1 + Int(instruction.immediate)] ?? "nothing"
      }
      #expect(targets == calls[function.name] ?? [], "\(function.name)")
    }
  }

  @Test("Moves function info, line info and relocations with their instructions")
  func records() throws {
    let file = try ObjectFixture.object("functions")
    let linked = try file.linked("first")
    #expect(linked.functionInfo.map(\.instruction) == linked.functions.map(\.range.lowerBound))
    #expect(linked.functionInfo.map { file.types?[$0.typeID]?.name } == linked.functions.map(\.name))
    let lines = linked.lineInfo.map(\.instruction)
    #expect(lines == lines.sorted() && linked.functions.allSatisfy { lines.contains($0.range.lowerBound) })
    let leaf = try #require(linked.functions.first { $0.name == "leaf" })
    let line = try #require(linked.lineInfo.first { $0.instruction == leaf.range.lowerBound })
    #expect(line.line > 0 && file.types?.name(at: line.fileNameOffset)?.isEmpty == false)
    for reference in linked.references {
      #expect(reference.reference == .mapValue(".bss", offset: 0))
      #expect(linked.instructions[reference.instruction].isWideLoad)
    }
    #expect(linked.references.count == 1)
    #expect(try file.linked("third").references.count == 2)
  }

  @Test("Rejects a missing program by name")
  func missing() throws {
    let file = try ObjectFixture.object("counter")
    let error = #expect(throws: BPFError.self) { try file.linked("nothing") }
    #expect(error?.code == .notFound && error?.explanation.contains("it has 'count'") == true)
  }

  @Test("Links functions that share a section with programs")
  func beside() throws {
    let file = try ObjectFixture.object(
      source: """
        #define TC __attribute__((section("tc"), used))
        unsigned (*random_number)(void) = (void *)7;
        static __attribute__((noinline, section("tc"))) int own(int n) { return n + random_number(); }
        TC __attribute__((noinline)) int other(unsigned *context) { return own(*context) * 3; }
        TC int main_one(unsigned *context) { return own(2) + other(context); }
        """)
    #expect(file.programs.names == ["other", "main_one"])
    let linked = try file.linked("main_one")
    #expect(linked.functions.map(\.name) == ["main_one", "own", "other"])
    #expect(try file.linked("other").functions.map(\.name) == ["other", "own"])
  }

  @Test("Appends the exception callback last, and once")
  func exceptions() throws {
    let source = """
      #define NOINLINE __attribute__((noinline))
      static unsigned (*random_number)(void) = (void *)7;
      NOINLINE int catcher(unsigned long long cookie) { return random_number(); }
      NOINLINE int called(int n) { return n + random_number(); }
      __attribute__((section("tc"), used, btf_decl_tag("exception_callback:NAME")))
      int thrower(void *context) { return called(3); }
      """
    let file = try ObjectFixture.object(source: source.replacing("NAME", with: "catcher"))
    #expect(try file.linked("thrower").functions.map(\.name) == ["thrower", "called", "catcher"])
    let wrong = try ObjectFixture.object(source: source.replacing("NAME", with: "nobody"))
    let error = #expect(throws: BPFError.self) { try wrong.linked("thrower") }
    #expect(error?.code == .malformed && error?.explanation.contains("'nobody'") == true)
  }

  // One of the programs calls bpf_loop.
  @Test(
    "Orders functions as bpftool does", .bpftool, .kernel(since: "5.17"),
    arguments: ["first", "second", "third", "alone"])
  func bpftool(program: String) throws {
    try withTemporaryDirectory { directory in
      let object = directory.appending("functions.bpf.o")
      try Toolchain.compile(
        try KernelFile.read(ObjectFixture.source("functions")), to: object, definitions: ["LOAD_ALL"])
      let linked = try ObjectFile(object).linked(program)
      try withBPFFileSystem { pins in
        try Bpftool.run("prog", "loadall", object.string, pins.appending("all").string)
        let pin = pins.appending("all").appending(program).string
        let text = try Bpftool.text("prog", "dump", "xlated", "pinned", pin)
        // Each function begins with a line such as `int leaf(int number):`.
        let heads = text.split(separator: "\n").filter { $0.hasSuffix("):") }
        let names = heads.compactMap {
          $0.split(separator: "(").first?.split(whereSeparator: " *".contains).last
        }
        #expect(names.map(String.init) == linked.functions.map(\.name))
      }
    }
  }
}
