//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import Testing

/// Kfuncs declared in the C header.
@Suite("Kfuncs in C headers")
struct KfuncHeaderTests {
  typealias Parameter = BTFDefinition.Parameter

  @Test("Every kfunc that bpftool lists is declared once, as weak", .bpftool)
  func ofTheKernel() throws {
    let kernel = try KernelTypesTests.kernel.get()
    let theirs = try Self.markedFunctions()
    #expect(kernel.kfuncs.map(\.name) == theirs)
    let header = kernel.cHeader()
    let plain = header.replacing("__attribute__((address_space(1))) ", with: "")
    let declared = plain.matches(of: /(?m)^extern .*?(\w+)\([^\n]*\) __weak __ksym;$/).map { String($0.1) }
    #expect(declared == theirs)
  }

  @Test("A program that refers to every kfunc compiles, each as a weak extern", .bpftool)
  func all() throws {
    let kernel = try KernelTypesTests.kernel.get()
    let names = kernel.kfuncs.map(\.name)
    try #require(!names.isEmpty, "this kernel marks no kfuncs")
    try withTemporaryDirectory { directory in
      let object = directory.appending("all.bpf.o")
      try Toolchain.compile(
        kernel.cHeader() + "void *every_kfunc[] = {\(names.joined(separator: ", "))};\n", to: object,
        warnings: ["-Wall", "-Wextra"])
      let dump = try Bpftool.text("btf", "dump", "file", object.string)
      for name in names { #expect(dump.contains("FUNC '\(name)'")) }
    }
  }

  @Test(
    "A program may redeclare a kfunc with the same types, or with others and a macro",
    .bpftool)
  func redeclared() throws {
    let header = try KernelTypesTests.kernel.get().cHeader()
    let same = """
      extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
      extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
      void __attribute__((address_space(1))) *bpf_arena_alloc_pages(
          void *map, void __attribute__((address_space(1))) *addr, __u32 count, int node, __u64 flags) __ksym;
      """
    #expect(try Toolchain.check(header + same).isEmpty)
    let other = "extern long bpf_task_from_pid(char pid);\n"
    #expect(try Toolchain.check(header + other).contains("conflicting types"))
    #expect(try Toolchain.check("#define BPF_NO_KFUNC_PROTOTYPES\n" + header + other).isEmpty)
  }

  @Test("Handles name clashes, duplicate functions, and tags on other declarations")
  func names() throws {
    var builder = BTFBuilder()
    let int = builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    let spaced = builder.add("address_space(1)", .typeTag(0, isAttribute: true))
    let note = builder.add("user", .typeTag(int))
    let pointer = builder.add(.pointer(to: spaced))
    let constant = builder.add(.const(note))
    let prototype = builder.add(
      .functionPrototype(
        result: pointer, parameters: [Parameter("at", type: pointer), Parameter("count", type: constant)]))
    builder.add("taken", .typedef(int))
    builder.add("kind", .enumeration([.init(name: "LISTED", value: 1)]))
    for name in ["zeta", "taken", "LISTED", "alpha", "alpha", "unmarked"] {
      let function = builder.add(name, .function(prototype: prototype, .static))
      if name != "unmarked" { builder.add("bpf_kfunc", .declarationTag(on: function)) }
      if name == "zeta" { builder.add("bpf_fastcall", .declarationTag(on: function)) }
      if name == "unmarked" { builder.add("bpf_kfunc", .declarationTag(on: function, component: 0)) }
    }
    builder.add("bpf_kfunc", .declarationTag(on: 7))
    let types = try builder.types()
    #expect(types.kfuncs.map(\.name) == ["LISTED", "alpha", "taken", "zeta"])
    let header = types.cHeader()
    let space = "__attribute__((address_space(1)))"
    let declarations = header.split(separator: "\n").filter { $0.hasPrefix("extern") }.map(String.init)
    #expect(
      declarations
        == ["LISTED___2", "alpha", "taken___2", "zeta"].map { name in
          "extern \(name == "zeta" ? "__bpf_fastcall " : "")\(space) void *\(name)(\(space) void *at, const int count) __weak __ksym;"
        })
    #expect(try Toolchain.check(header).isEmpty)
  }

  @Test("A header without kfuncs has no kfunc macros")
  func none() throws {
    var builder = BTFBuilder()
    builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    #expect(try !builder.types().cHeader().contains("__ksym"))
  }

  /// Returns the names of the functions that are marked as kfuncs, as bpftool lists them, ascending.
  private static func markedFunctions() throws -> [String] {
    let dump = try Bpftool.text("btf", "dump", "file", "/sys/kernel/btf/vmlinux")
    var functions: [Substring: Substring] = [:]
    var marked: [Substring] = []
    for line in dump.split(separator: "\n") {
      if let match = line.firstMatch(of: /^\[(\d+)\] FUNC '(\w+)'/) { functions[match.1] = match.2 }
      if let match = line.firstMatch(of: /DECL_TAG 'bpf_kfunc' type_id=(\d+) component_idx=-1/) {
        marked.append(match.1)
      }
    }
    return Set(marked.compactMap { functions[$0] }.map(String.init)).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }
}
