//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import Testing

@testable import BTF

/// Names and encodings that other compilers emit and the kernel rejects.
@Suite("Repairing BTF")
struct BTFRepairTests {
  /// One type for each rule, after `int` with id 1 and a prototype with id 2.
  static let refused: [(BTFDefinition, name: String)] = [
    (BTFDefinition("Box<int>", .structure(byteCount: 4, members: [])), "Box_int_"),
    (BTFDefinition("core::Option<u32>", .union(byteCount: 4, members: [])), "core__Option_u32_"),
    (BTFDefinition("{impl#0}", .typedef(1)), "_impl_0_"),
    (BTFDefinition("my-counter", .variable(1, .global)), "my_counter"),
    (BTFDefinition("1st", .forward()), "_st"),
    (BTFDefinition("größe", .typedef(1)), "gr____e"),
    (BTFDefinition(String(repeating: "n", count: 600), .typedef(1)), String(repeating: "n", count: 127)),
    (BTFDefinition("", .typedef(1)), "_"),
    (BTFDefinition("*const int", .pointer(to: 1)), ""),
    (BTFDefinition("volatile int", .volatile(1)), ""),
    (BTFDefinition("[int; 2]", .array(of: 1, index: 1, count: 2)), ""),
    (BTFDefinition("demo::run", .function(prototype: 2, .static)), "demo__run"),
    (BTFDefinition("elsewhere", .function(prototype: 2, .external)), "elsewhere"),
    (BTFDefinition("elsewhere", .variable(1, .external)), "elsewhere"),
    (BTFDefinition("enum", .enumeration([.init(name: "Some::Thing", value: 1)])), "enum"),
    (BTFDefinition("enum", .enumeration64([.init(name: "", value: 1)])), "enum"),
    (BTFDefinition("s", .structure(byteCount: 4, members: [.init("0.field", type: 1, bitOffset: 0)])), "s"),
    (BTFDefinition(.functionPrototype(result: 0, parameters: [.init("a b", type: 1)])), ""),
    (
      BTFDefinition("char", .int(byteCount: 1, .init(isSigned: true, isCharacter: true, bitCount: 8))),
      "char"
    ),
  ]

  private static func builder(_ definition: BTFDefinition) -> BTFBuilder {
    var builder = BTFBuilder()
    builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    builder.add(.functionPrototype(result: 0, parameters: []))
    builder.add(definition)
    return builder
  }

  @Test(
    "The kernel rejects each type, and accepts it after the repair with the same id", .kernel,
    arguments: refused.indices
  )
  func kernel(index: Int) throws {
    let (definition, name) = Self.refused[index]
    var builder = Self.builder(definition)
    #expect(throws: BPFError.self) { () throws in try builder.types().load() }
    let repair = builder.repair()
    #expect(repair.isChanged && builder[3]?.name == name)
    let types = try builder.types().load().types()
    #expect(types[3]?.kind == definition.shape.kind && types[3]?.name == name)
  }

  @Test("Only parameters of functions get names", .kernel)
  func parameters() throws {
    var builder = BTFBuilder()
    builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    let unnamed = BTFDefinition.Shape.functionPrototype(
      result: 1, parameters: [.init(type: 1), .init("given", type: 1), .init(type: 1), .init(type: 0)])
    builder.add("run", .function(prototype: builder.add(unnamed), .global))
    let other = builder.add(unnamed)
    #expect(throws: BPFError.self) { () throws in try builder.types().load() }
    let repair = builder.repair()
    #expect(repair.isChanged && repair.renamed.isEmpty)
    let types = try builder.types().load().types()
    #expect(types[2]?.parameters.map(\.name) == ["arg1", "given", "arg3", ""])
    #expect(types[other]?.parameters.map(\.name) == ["", "given", "", ""])
  }

  @Test("Valid types are not changed")
  func nothing() throws {
    var builder = BTFBuilderTests.everything
    let before = builder.definitions
    let repair = builder.repair()
    #expect(!repair.isChanged && repair.renamed.isEmpty && builder.definitions == before)
  }

  @Test("Replaced names are reported, and sections and variables keep their dots")
  func replacedNames() {
    var builder = BTFBuilder()
    builder.add("a.b", .variable(0, .static))
    builder.add("?.data.x-y", .dataSection(byteCount: 0, variables: []))
    builder.add("a.b", .typedef(0))
    let repair = builder.repair()
    #expect(builder.definitions.map(\.name) == ["a.b", "?.data.x_y", "a_b"])
    #expect(repair.renamed.map(\.name) == ["?.data.x-y", "a.b"])
    #expect(repair.renamed.map(\.replacement) == ["?.data.x_y", "a_b"])
  }

  @Test("The reason is the last line of the kernel's log, with the affected type")
  func reasons() {
    let header = "magic: 0xeb9f\nversion: 1\nbtf_total_size: 1426\n"
    #expect(
      BTFLog.reason(in: header + "[1] VAR my-counter type_id=17 Invalid name\n\n")
        == "[1] VAR my-counter type_id=17 Invalid name")
    #expect(
      BTFLog.reason(
        in: header + "[7] STRUCT s size=4 vlen=1\n\tx type_id=2 bits_offset=32 Member exceeds struct_size\n")
        == "[7] STRUCT s size=4 vlen=1: x type_id=2 bits_offset=32 Member exceeds struct_size")
    #expect(BTFLog.reason(in: "") == nil && BTFLog.reason(in: "\n \n") == nil)
    let long = "[1] STRUCT " + String(repeating: "n", count: 1000) + " Invalid name"
    #expect(
      BTFLog.reason(in: long)?.hasSuffix("Invalid name") == true
        && (BTFLog.reason(in: long)?.count ?? 0) < 400)
  }
}
