//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// Symbols without a type or a size, as in objects of older compilers and hand-written assembly.
@Suite("Objects with untyped symbols", .sources)
struct UntypedSymbolTests {
  /// Two programs and a map, all with untyped symbols.
  private static let assembly = """
    .section tc,"ax",@progbits
    .globl first
    first:
      r6 = r1
      r2 = 0
      *(u32 *)(r10 - 4) = r2
      r2 = r10
      r2 += -4
      r1 = hits ll
      call 1
      if r0 != 0 goto found
      r0 = 1
      exit
    found:
      r0 = 2
      exit
    .globl second
    second:
      r0 = 3
      exit
    .section maps,"aw",@progbits
    .globl hits
    hits: .long 2, 4, 8, 1, 0
    .globl others
    others: .long 1, 2, 3, 4, 1
    .section license,"aw",@progbits
    .asciz "GPL"
    """

  @Test("Global symbols are programs in code sections, and maps in the section 'maps'")
  func found() throws {
    let file = try ObjectFixture.object(assembly: Self.assembly)
    #expect(
      file.programs.names == ["first", "second"] && file.programs.map(\.type) == [.schedCLS, .schedCLS])
    #expect(try file.linked("first").instructions.count == 13)
    #expect(try file.linked("second").instructions.count == 2)
    #expect(try file.linked("first").references.map(\.reference) == [.map("hits")])
    #expect(file.maps.names == ["hits", "others"])
    #expect(file.maps["hits"]?.type == .array && file.maps["others"]?.valueSize == 3)
  }

  @Test("Loads and runs untyped programs", .kernel)
  func run() throws {
    let object = try ObjectFixture.object(assembly: Self.assembly).load()
    let answers = try ["first", "second"].map {
      try object.program($0).run(data: LoadingTests.packet).returnValue
    }
    #expect(answers == [2, 3] && object.maps.count == 2 && object.warnings.isEmpty)
  }

  @Test("A function without a size extends to the next, and may have two names")
  func sizeless() throws {
    let file = try ObjectFixture.object(
      assembly: """
        .section tc,"ax",@progbits
        .globl first
        .type first,@function
        first:
          r0 = 1
          exit
        .globl second
        second:
        .globl alias
        alias:
          r0 = 2
          r0 = 3
          exit
        """)
    #expect(file.programs.names == ["first", "second", "alias"])
    let counts = try file.programs.names.map { try file.linked($0).instructions.count }
    #expect(counts == [2, 3, 3])
  }

  @Test("A label within a function is not a function")
  func labels() throws {
    let file = try ObjectFixture.object(
      assembly: """
        .section tc,"ax",@progbits
        .globl typed
        .type typed,@function
        typed:
        .globl alias
        alias:
          r0 = 1
        .globl label
        label:
          exit
        .size typed, .-typed
        .globl untyped
        untyped:
          r0 = 2
          exit
        """)
    #expect(file.programs.names == ["typed", "untyped"])
    #expect(try file.linked("typed").instructions.count == 2)
  }

  @Test("Rejects code without a program")
  func nameless() throws {
    let code = ".section tc,\"ax\",@progbits\nlocal:\n  r0 = 1\n  exit\n"
    let nameless = #expect(throws: BPFError.self) { try ObjectFixture.object(assembly: code) }
    #expect(nameless?.code == .unsupported)
    #expect(nameless?.explanation.contains("section 'tc' has code, and no global symbol") == true)

    let source = "__attribute__((section(\"xdp\"), used)) static int drop(void *c) { return 1; }"
    let error = #expect(throws: BPFError.self) { try ObjectFixture.object(source: source) }
    #expect(error?.code == .unsupported)
    #expect(error?.explanation.contains("section 'xdp': the program 'drop' is static") == true)
    // Library functions that are not programs may be static.
    let library = try ObjectFixture.object(source: "__attribute__((used)) static int one(void) { return 1; }")
    #expect(library.programs.isEmpty)
  }

  @Test("Accepts an ELF machine number of zero")
  func machine() throws {
    var bytes = try ObjectFixture.bytes("counter", target: "bpfel")
    bytes.replaceSubrange(18..<20, with: [0, 0])
    #expect(try ObjectFile(bytes: bytes, name: "counter").programs.names == ["count"])
  }
}
