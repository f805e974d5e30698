//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import Testing

/// Compares `bpf_types.h`, which replaces the kernel's headers, with the kernel's types.
@Suite("Types", .bpftool)
struct TypesHeaderTests {
  let header: String

  init() throws {
    header = try HeaderFixture.header("bpf_types.h") + HeaderFixture.header("bpf_contexts.h")
  }

  @Test("Structures have the kernel's layout")
  func structures() throws {
    let kernel = try HeaderFixture.kernel.get()
    let names = Set(header.matches(of: /(?m)^struct (\w+) \{$/).map { String($0.1) })
    #expect(names.count > 35)
    var assertions: [String] = []
    for name in names.sorted() {
      // The kernel names the header of a trie's key differently.
      guard name != "bpf_lpm_trie_key" else { continue }
      let type = try #require(kernel.find(.structure, named: name), "the kernel has no struct \(name)")
      let size = try #require(type.byteCount)
      assertions.append("_Static_assert(sizeof(struct \(name)) == \(size), \"\(name)\");")
      for member in Self.named(type.members, at: 0) {
        assertions.append(
          "_Static_assert(__builtin_offsetof(struct \(name), \(member.name)) == \(member.offset) "
            + "&& sizeof(((struct \(name) *)0)->\(member.name)) == \(member.size), \"\(name).\(member.name)\");"
        )
      }
    }
    try compile(assertions)
  }

  /// Enumerators of Linux 6.19 and 7.2. Kernels that have them confirm their values.
  private static let newer: Set = ["BPF_MAP_TYPE_INSN_ARRAY", "BPF_MAP_TYPE_RHASH"]

  @Test("Enumerators have the kernel's values")
  func enumerators() throws {
    let kernel = try HeaderFixture.kernel.get()
    var values: [String: Int128] = [:]
    for id in 1..<kernel.endID {
      guard let type = kernel[id], type.kind == .enumeration || type.kind == .enumeration64 else { continue }
      for enumerator in type.enumerators { values[enumerator.name] = enumerator.value }
    }
    let names = Set(header.matches(of: /(\w+) = (?:\d|\()/).map { String($0.1) })
    #expect(names.count > 190)
    var assertions: [String] = []
    for name in names.sorted() where name != "true" && name != "false" {
      guard let value = values[name] else {
        #expect(Self.newer.contains(name), "the kernel has no \(name)")
        continue
      }
      let text = value > Int128(Int64.max) ? "\(value)ULL" : "\(value)LL"
      assertions.append("_Static_assert((long long)\(name) == (long long)\(text), \"\(name)\");")
    }
    try compile(assertions)
  }

  @Test("Constants have the values of the system's headers")
  func constants() throws {
    let system = try #require(HeaderFixture.systemHeaders, "needs the kernel's headers (linux-libc-dev)")
    let constants = try HeaderFixture.header("bpf_constants.h").matches(of: /#define (\w+) (\S+)/).filter {
      !$0.1.hasPrefix("_") && !["AF_UNIX", "AF_INET", "AF_INET6"].contains($0.1)
    }
    #expect(constants.count > 30)
    let source = """
      #include <linux/errno.h>
      #include <linux/if_ether.h>
      #include <linux/pkt_cls.h>
      #include <linux/time.h>
      #include <bpf/bpf_types.h>
      \(constants.map { "_Static_assert(\($0.1) == \($0.2), \"\($0.1)\");" }.joined(separator: "\n"))
      """
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        source, to: directory.appending("constants.bpf.o"), includePaths: [HeaderFixture.headers, system],
        warnings: HeaderFixture.strict)
    }
  }

  #if arch(x86_64)
  @Test("The registers of a process have the kernel's offsets under their user-space names")
  func registers() throws {
    let kernel = try #require(HeaderFixture.kernel.get().find(.structure, named: "pt_regs"))
    // Some are in anonymous unions, beside extensions of newer processors.
    let names = Self.named(kernel.members, at: 0).compactMap { member -> (name: String, offset: Int)? in
      switch member.name {
      case "orig_ax": ("orig_rax", member.offset)
      case "flags": ("eflags", member.offset)
      case "cs", "ss": (member.name, member.offset)
      case let name where name.hasPrefix("r"): (name, member.offset)
      case let name where name.count == 2: ("r" + name, member.offset)
      default: nil
      }
    }
    #expect(names.count == 21)
    try compile(
      names.map {
        "_Static_assert(__builtin_offsetof(struct pt_regs, \($0.name)) == \($0.offset), \"\($0.name)\");"
      }
        + ["_Static_assert(sizeof(struct pt_regs) == \(kernel.byteCount ?? 0), \"size\");"])
  }
  #endif

  @Test("USDT argument specifications have the layout that loaders write")
  func usdtSpecifications() throws {
    let fields = [("val_off", 0), ("reg_off", 12), ("arg_signed", 14), ("arg_bitshift", 15)]
    let assertions =
      fields.map { name, offset in
        "_Static_assert(__builtin_offsetof(struct __bpf_usdt_arg_spec, \(name)) == \(offset), \"\(name)\");"
      } + [
        "_Static_assert(sizeof(struct __bpf_usdt_arg_spec) == 16, \"an argument\");",
        "_Static_assert(__builtin_offsetof(struct __bpf_usdt_spec, usdt_cookie) == 192, \"usdt_cookie\");",
        "_Static_assert(__builtin_offsetof(struct __bpf_usdt_spec, arg_cnt) == 200, \"arg_cnt\");",
      ]
    try compile(["#include <bpf/usdt.bpf.h>"] + assertions)
  }

  private func compile(_ assertions: [String]) throws {
    #expect(!assertions.isEmpty)
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        "#include <bpf/bpf_types.h>\n" + assertions.joined(separator: "\n"),
        to: directory.appending("types.bpf.o"), includePaths: [HeaderFixture.headers],
        definitions: ["__TARGET_ARCH_x86"], warnings: HeaderFixture.strict)
    }
  }

  /// Returns all named members, including those of anonymous members, with their offsets.
  private static func named(
    _ members: some Sequence<BTFType.Member>, at offset: Int
  ) -> [(name: String, offset: Int, size: Int)] {
    members.flatMap { member -> [(name: String, offset: Int, size: Int)] in
      guard member.bitCount == nil else { return [] }
      guard member.name.isEmpty else {
        return [(member.name, offset + member.byteOffset, member.type.byteCount ?? 0)]
      }
      guard let inner = member.type.unmodified else { return [] }
      return named(inner.members, at: offset + member.byteOffset)
    }
  }
}
