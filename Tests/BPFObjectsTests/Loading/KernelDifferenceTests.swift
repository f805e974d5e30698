//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

/// Features that the running kernel itself lacks, without simulation. Recent kernels lack none.
@Suite("Replacements on this kernel", .serialized, .kernel)
struct KernelDifferenceTests {
  /// A program and a map with all BTF kinds added after Linux 5.10.
  private static let source = """
    #define tagged __attribute__((btf_decl_tag("declared")))
    enum wide { WIDE = 0x123456789abcull };
    struct value { enum wide wide; int __attribute__((btf_type_tag("typed"))) *pointer; float number; } tagged;
    struct {
      int (*type)[1];
      int (*max_entries)[1];
      int *key;
      struct value *value;
    } values __attribute__((section(".maps"), used));
    __attribute__((section("socket"), used)) int look(void *context) { return 0; }
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """

  @Test("Keeps BTF kinds that the kernel supports, and replaces others")
  func kinds() throws {
    let file = try ObjectFixture.object(source: Self.source)
    let object = try file.load()
    let id = try #require(object.programs["look"]).info().btfID
    try #require(id != 0)
    let types = try BTFTypes(id: id)
    let kinds = Set((1..<types.endID).compactMap { types[$0]?.kind })
    for (kind, release) in [
      (BTFKind.float, "5.13"), (.declarationTag, "5.16"), (.typeTag, "5.17"), (.enumeration64, "6.0"),
    ] {
      #expect(kinds.contains(kind) == !KernelRelease.isOlder(than: release), "\(kind)")
    }
    let value = try #require(types.find(.structure, named: "value"))
    #expect(value.byteCount == 24)
    let values = try #require(object.maps["values"])
    #expect(values.valueSize == 24)
    #expect(try values.info().btfID == id)
  }

  @Test("Names the memory limit in the error when it is exceeded", .kernel(before: "5.11"))
  func memoryLimit() async {
    await #expect(processExitsWith: .success) {
      try ProcessLimit.lockedMemory(1 << 16)
      // Memory locked by this user's other processes counts, too, so even a small map may exceed the limit.
      let error = #expect(throws: BPFError.self) {
        try MapHandle(type: .array, name: "large", keySize: 4, valueSize: 1024, maxEntries: 1024)
      }
      #expect(error?.code == .permissionDenied && error?.errno == .notPermitted)
      let explanation = error?.explanation ?? ""
      #expect(explanation.contains("RLIMIT_MEMLOCK, which is 65536 bytes"), "\(explanation)")
      #expect(explanation.contains("ulimit -l"), "\(explanation)")
    }
  }

  @Test("Ignores the memory limit since Linux 5.11", .kernel(since: "5.11"))
  func noMemoryLimit() async {
    await #expect(processExitsWith: .success) {
      try ProcessLimit.lockedMemory(0)
      _ = try MapHandle(type: .array, name: "large", keySize: 4, valueSize: 1024, maxEntries: 1024)
    }
  }
}
