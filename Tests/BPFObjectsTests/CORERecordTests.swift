//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import Testing

@Suite("CO-RE relocation records of object files", .sources, .notEmulated(.asksNoKernel))
struct CORERecordTests {
  @Test("Reads every kind of relocation with its type and access string", arguments: ["bpfel", "bpfeb"])
  func kinds(target: String) throws {
    let file = try ObjectFixture.object("core", target: target)
    let linked = try file.linked("ask")
    #expect(Set(linked.coreRelocations.map(\.kind)) == Set(CORERelocation.Kind.allCases))
    func relocation(_ kind: CORERelocation.Kind) throws -> CORERelocation {
      try #require(linked.coreRelocations.first { $0.kind == kind })
    }
    #expect(try relocation(.fieldByteOffset).access == "0:1:0:2")
    #expect(try relocation(.fieldByteSize).access == "0:3")
    #expect(try relocation(.enumeratorValue).access == "1")
    #expect(try relocation(.typeExists).access == "0")
    #expect(try file.types?[relocation(.typeExists).typeID]?.name == "outer")
    #expect(try file.types?[relocation(.enumeratorValue).typeID]?.name == "color")
    let indices = linked.coreRelocations.map(\.instruction)
    #expect(indices == indices.sorted() && indices.allSatisfy(linked.instructions.indices.contains))
  }

  @Test("Relocations of a function move into each program that calls it")
  func moved() throws {
    let file = try ObjectFixture.object(
      source: """
        struct __attribute__((preserve_access_index)) task { int a, b; };
        __attribute__((noinline)) int ask(struct task *t) {
          return __builtin_preserve_field_info(t->b, 0) + __builtin_preserve_field_info(t->a, 2);
        }
        #define TC __attribute__((section("tc"), used))
        TC int one(void *c) { return ask(c); }
        TC int two(void *c) { return c ? ask(c) + __builtin_preserve_field_info(((struct task *)c)->a, 0) : 1; }
        """)
    for name in ["one", "two"] {
      let linked = try file.linked(name)
      let ask = try #require(linked.functions.first { $0.name == "ask" })
      let moved = linked.coreRelocations.filter { ask.range.contains($0.instruction) }
      let original = file.code[ask.code.section].coreRelocations
      #expect(moved.map(\.kind) == original.map(\.kind) && moved.count == 2)
      #expect(moved.map(\.instruction) == original.map { $0.instruction + ask.range.lowerBound })
    }
    #expect(try file.linked("two").coreRelocations.count == 3)
  }
}
