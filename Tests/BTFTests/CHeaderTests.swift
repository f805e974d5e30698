//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import Testing

/// Compares the C header of the kernel's types with the compiler.
@Suite("C headers", .bpftool)
struct CHeaderTests {
  @Test("The kernel's header compiles, and every structure has the kernel's layout")
  func vmlinux() throws {
    let kernel = try KernelTypesTests.kernel.get()
    var source = kernel.cHeader()
    source += "\n#define offset(type, member) __builtin_offsetof(type, member)\n"
    var names: Set<String> = []
    var checked = 0
    for id in 1..<kernel.endID {
      let type = try #require(kernel[id])
      guard type.kind == .structure || type.kind == .union, !type.name.isEmpty, let size = type.byteCount
      else { continue }
      // The first of several types with one name keeps it.
      guard names.insert(type.name).inserted else { continue }
      let tag = "\(type.kind == .union ? "union" : "struct") \(type.name)"
      source += "_Static_assert(sizeof(\(tag)) == \(size), \"\(tag)\");\n"
      for member in type.members where !member.name.isEmpty && member.bitCount == nil {
        source +=
          "_Static_assert(offset(\(tag), \(member.name)) == \(member.byteOffset), \"\(tag).\(member.name)\");\n"
      }
      checked += 1
    }
    #expect(checked > 5000)
    let mistakes = try Toolchain.check(source)
    #expect(mistakes.isEmpty, "\(mistakes.prefix(6000))")
  }

  @Test("A BPF program compiles with the header alone")
  func program() throws {
    let header = try KernelTypesTests.kernel.get().cHeader()
    try withTemporaryDirectory { directory in
      let object = directory.appending("task.bpf.o")
      try Toolchain.compile(
        header + """

          int pid(struct task_struct *task) { return task->pid + sizeof(u32); }
          """, to: object)
      let dump = try Bpftool.text("btf", "dump", "file", object.string)
      #expect(dump.contains("STRUCT 'task_struct'"))
    }
  }
}
