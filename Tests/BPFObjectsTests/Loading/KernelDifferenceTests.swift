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

/// What the running kernel itself lacks, without imitation: on recent ones nothing is.
@Suite("What this kernel lacks, and the library replaces", .serialized, .kernel)
struct KernelDifferenceTests {
  /// A program and a map with types of all kinds that came after Linux 5.10.
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

  @Test("Kinds of types are kept where the kernel has them, and replaced where it has not")
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

  @Test("Memory that the limit does not allow is refused by the limit's name", .kernel(before: "5.11"))
  func memoryLimit() async {
    await #expect(processExitsWith: .success) {
      try ProcessLimit.lockedMemory(1 << 16)
      // What other processes of this user have locked counts, too, so that even a small map may be too much.
      let error = #expect(throws: BPFError.self) {
        try MapHandle(type: .array, name: "large", keySize: 4, valueSize: 1024, maxEntries: 1024)
      }
      #expect(error?.code == .permissionDenied && error?.errno == .notPermitted)
      let explanation = error?.explanation ?? ""
      #expect(explanation.contains("RLIMIT_MEMLOCK, which is 65536 bytes"), "\(explanation)")
      #expect(explanation.contains("ulimit -l"), "\(explanation)")
    }
  }

  @Test("The limit does not count since Linux 5.11", .kernel(since: "5.11"))
  func noMemoryLimit() async {
    await #expect(processExitsWith: .success) {
      try ProcessLimit.lockedMemory(0)
      _ = try MapHandle(type: .array, name: "large", keySize: 4, valueSize: 1024, maxEntries: 1024)
    }
  }
}
