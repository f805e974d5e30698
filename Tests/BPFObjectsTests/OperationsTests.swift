//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import Testing

@Suite("struct_ops in object files", .sources, .notEmulated(.asksNoKernel))
struct OperationsTests {
  @Test("Each is a map with its structure and programs", arguments: ["bpfel", "bpfeb"])
  func operations(target: String) throws {
    let file = try ObjectFixture.object("operations", target: target)
    #expect(file.maps.names == ["plain", "linked", "later"])
    #expect(file.maps.map(\.isCreated) == [true, true, false])
    #expect(file.maps.map(\.flags) == [[], .link, .link])
    let plain = try #require(file.maps["plain"])
    #expect(plain.kind == .structOps && plain.type == .structOps && plain.valueSize == 32)
    #expect(plain.operations?.typeName == "dummy_ops" && plain.maxEntries == 1 && plain.keySize == 4)
    #expect(plain.operations?.programs == ["one": "do_one", "two": "do_two"])
    #expect(file.types?[plain.operations?.typeID ?? 0]?.kind == .structure)
    #expect(plain.contents[20..<28] == Array("plain\0\0\0".utf8)[...])
    #expect(plain.contents[16..<20] == (file.isByteSwapped ? [0, 0, 0, 3] : [3, 0, 0, 0]))
    #expect(file.maps["linked"]?.operations?.programs == ["two": "do_two"])

    let (one, two) = (try #require(file.programs["do_one"]), try #require(file.programs["do_two"]))
    #expect(one.type == .structOps && one.attachTarget == "one" && !one.isSleepable)
    #expect(two.isSleepable && two.sectionName == "struct_ops.s/two")
  }

  @Test("Rejects programs of other sections in a member, and programs in other members")
  func refusals() throws {
    let head = """
      #define SEC(name) __attribute__((section(name), used))
      struct ops { int (*call)(void); long number; };
      SEC("tc") int classify(void *c) { return 0; }
      SEC("struct_ops/call") int call(void *c) { return 0; }
      """
    let wrong = #expect(throws: BPFError.self) {
      try ObjectFixture.object(
        source: head + "SEC(\".struct_ops\") struct ops o = {.call = (void *)classify};")
    }
    #expect(wrong?.code == .malformed)
    #expect(
      wrong?.explanation.contains("'classify', which is not a program of a section 'struct_ops'") == true)
    let number = #expect(throws: BPFError.self) {
      try ObjectFixture.object(source: head + "SEC(\".struct_ops\") struct ops o = {.number = (long)call};")
    }
    #expect(number?.explanation.contains("offset 8 of section '.struct_ops'") == true)
  }
}
