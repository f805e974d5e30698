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

/// Tests which types of a source get a Swift type, and what the others are told.
@Suite("Exported types", .sources)
struct ExportedTypeTests {
  private static let headers = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
    .removingLastComponent().appending("Headers")

  /// A program that sends records of an exported type, of one that is not in the BTF, and of one that no map has.
  private static let source = """
    #include <bpf/bpf_types.h>
    #include <bpf/bpf_export.h>
    #include <bpf/bpf_helpers.h>
    struct {
      __uint(type, BPF_MAP_TYPE_RINGBUF);
      __uint(max_entries, 4096);
    } events SEC(".maps");
    struct exported { __be16 port; __be32 network; bpf_ipv4_addr address; bpf_ipv6_addr addresses6[2]; };
    struct forgotten { __u64 time; };
    struct passed { __u64 time; };
    struct task_struct { int pid; } __attribute__((preserve_access_index));
    BPF_EXPORT_TYPE(struct exported);
    static __noinline int pass(struct passed *passed) { return passed ? (int)passed->time : 0; }
    SEC("socket") int send(void *ctx) {
      struct passed passed = {bpf_ktime_get_ns()};
      struct exported exported = {1};
      struct forgotten forgotten = {1};
      bpf_ringbuf_output(&events, &exported, sizeof(exported), 0);
      bpf_ringbuf_output(&events, &forgotten, sizeof(forgotten), 0);
      return pass(&passed);
    }
    char _license[] SEC("license") = "GPL";
    """

  private func object() throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("records.bpf.o")
      try Toolchain.compile(Self.source, to: object, includePaths: [Self.headers])
      return try ObjectFile(bytes: KernelFile.bytes(of: object), name: "records")
    }
  }

  private func generated() throws -> String {
    ObjectDeclaration(try object(), embedded: "", fileName: "records.bpf.c", sourceText: Self.source).source
  }

  @Test("Declares an exported type, with network byte order and addresses")
  func exported() throws {
    let source = try generated()
    #expect(source.contains("struct Exported: BitwiseCopyable, Hashable, Sendable {"))
    for member in [
      "var port: BPF.BigEndian<UInt16>", "var network: BPF.BigEndian<UInt32>", "var address: BPF.IPv4Address",
      "var addresses6: InlineArray<2, BPF.IPv6Address>",
    ] {
      #expect(source.contains(member + "\n"), "\(member)")
    }
  }

  @Test("The section of exported types is neither a map nor a variable")
  func section() throws {
    let file = try object()
    #expect(file.types?.find(.dataSection, named: ".bpf_export") != nil)
    #expect(file.maps.names == ["events"])
    #expect(file.variables.isEmpty)
  }

  @Test(
    "The compiler's error for a type that was not exported says how to export it",
    .enabled(
      if: BuiltModules.ofTheseTests != nil, "needs root: the tests run apart from the modules built with them"
    ),
    arguments: [
      ("Forgotten", "struct forgotten is not in the object's BTF: add BPF_EXPORT_TYPE(struct forgotten)"),
      ("Passed", "struct passed is not the type of a map or variable: add BPF_EXPORT_TYPE(struct passed)"),
    ])
  func unexported(name: String, message: String) throws {
    let modules = try #require(BuiltModules.ofTheseTests)
    let source = try generated()
    #expect(!source.contains("TaskStruct"))
    try withTemporaryDirectory { directory in
      let (records, use) = (directory.appending("records.swift"), directory.appending("use.swift"))
      try modules.write(source, to: records)
      #expect(try modules.diagnostics(of: [records]) == "")
      try modules.write("let size = MemoryLayout<Records.\(name)>.size\n", to: use)
      let diagnostics = try modules.diagnostics(of: [records, use])
      #expect(diagnostics.contains("'\(name)' is unavailable: \(message)"), "\(diagnostics)")
    }
  }
}
