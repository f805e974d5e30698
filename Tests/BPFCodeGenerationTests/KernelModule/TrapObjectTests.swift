//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import KernelFixtures
import Testing

@testable import BPFCodeGeneration

/// Tests what the objects and accessors of checked kernel modules have for traps.
@Suite("Traps in kernel module objects", .sources, .compilers)
struct TrapObjectTests {
  private func compile(
    _ swift: String, c: String? = nil, options: [String] = []
  ) throws -> (file: ObjectFile, accessors: String) {
    var sources = ["Traps.swift": "import BPFKernel\n" + swift]
    sources["traps.bpf.c"] = c
    let module = try withTemporaryDirectory {
      try KernelModuleFixture.compile(sources, options: options, in: $0)
    }
    let bytes = try #require(module.object, "\(module.messages)")
    return (try ObjectFile(bytes: bytes, name: "traps"), try #require(module.accessors))
  }

  private static let add = """
    @section("xdp") func add(_ context: XDPContext) -> XDPAction {
      context.queueIndex + context.interfaceIndex == 3 ? .pass : .drop
    }
    """
  private static let pass = """
    @section("xdp") func pass(_ context: XDPContext) -> XDPAction {
      let number = UInt64(context.queueIndex) + 1
      return number < 8 ? .pass : .drop
    }
    """

  @Test("A checked module without a trap after optimization needs no bpf_throw and counts none")
  func none() throws {
    let (file, accessors) = try compile(Self.pass)
    #expect(!file.externs.names.contains("bpf_throw"))
    #expect(file.types?.find(.function, named: "bpf_throw") == nil)
    #expect(file.exceptionCallbacks.isEmpty && file.variables.isEmpty)
    // Its accessor stays, so that an edit that removes the last trap breaks nothing.
    #expect(accessors.contains("var pass: BPF.ProgramTraps {"))
  }

  @Test("Only programs that can trap, also in a function, count their traps")
  func some() throws {
    let source = """
      @inline(never) func twice(_ n: UInt32) -> UInt32 { n * 2 }
      @section("xdp") func call(_ context: XDPContext) -> XDPAction { twice(context.queueIndex) == 2 ? .pass : .drop }
      """
    let (file, _) = try compile([Self.add, Self.pass, source].joined(separator: "\n"))
    #expect(file.externs.map(\.name) == ["bpf_throw"] && file.externs.allSatisfy(\.isWeak))
    #expect(file.exceptionCallbacks == ["add": "__trapped_add", "call": "__trapped_call"])
    #expect(Set(file.variables.names) == ["__traps_add", "__traps_call"])
  }

  @Test("An unchecked module has no traps and no accessors for them")
  func unchecked() throws {
    let (file, accessors) = try compile(Self.add, options: ["-Ounchecked"])
    #expect(file.externs.isEmpty && file.exceptionCallbacks.isEmpty)
    #expect(!accessors.contains("traps"))
  }

  @Test("A program in C counts the traps of the Swift functions that it calls")
  func mixed() throws {
    let c = """
      #include <bpf/bpf_types.h>
      #include <bpf/bpf_helpers.h>
      int judge(__u32 number);
      SEC("xdp") int check(struct xdp_md *context) { return judge(context->rx_queue_index); }
      """
    let (file, _) = try compile("@c public func judge(_ n: UInt32) -> Int32 { n + 7 > 3 ? 1 : 2 }", c: c)
    #expect(file.exceptionCallbacks == ["check": "__trapped_check"])
  }

  @Test("Places have the file, the line of the module and the reason, each once")
  func places() throws {
    let source = """
      public let table = ArrayMap<InlineArray<4, UInt32>>(maxEntries: 1)
      func twice(_ n: UInt32) -> UInt32 {
        n * 2
      }
      @section("xdp") func run(_ context: XDPContext) -> XDPAction {
        precondition(twice(context.queueIndex) + twice(context.interfaceIndex) < 100)
        return .pass
      }
      """
    let (_, accessors) = try compile(source)
    #expect(
      KernelModuleFixture.trapPlaces(in: accessors) == [
        "Traps.swift:4: arithmetic overflow", "Traps.swift:7: arithmetic overflow",
        "Traps.swift:7: precondition failure",
      ])
  }

  @Test("Places of bitcode that has no locations are unknown")
  func unknown() {
    let traps = TrapPlaces(
      bitcode: "define void @f() {\n  call void @llvm.trap()\n  unreachable\n}", module: "M")
    #expect(traps.places.isEmpty)
    #expect(traps.bitcode.contains("  call void @bpf_throw(i64 0)\n"))
  }

  @Test(
    "A trap gives the result 0, or 1 where the kernel allows nothing else",
    arguments: ["xdp", "tc", "cgroup/bind4"])
  func results(section: String) {
    #expect(TrappingProgram("p", section: section).result == 0)
    #expect(TrappingProgram("p", section: "cgroup/getsockname6").result == 1)
  }
}
