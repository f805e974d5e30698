//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFLinks

/// The explanations for functions that the kernel refuses to probe, independent of the running kernel.
@Suite("Explanations for rejected probes")
struct ProbeRefusalTests {
  private static let lists = KernelFunctions.Lists(
    known: ["do_one", "do_two.isra.0", "do_two.part.1", "do_three", "untraced"],
    traceable: ["do_one", "do_three"])
  private static let unknown = KernelFunctions.Lists(known: nil, traceable: nil)

  @Test(
    "The cause of every kprobe error names the requested function",
    arguments: [
      Errno.noSuchFileOrDirectory, .invalidArgument, .addressNotAvailable, .illegalByteSequence,
      .notPermitted,
      .resourceBusy, .notSupported, .noMemory, .ioError,
    ])
  func kprobes(errno: Errno) {
    let probe = Probe(.kprobe, "do_one", offset: 4, isReturn: false)
    let cause = AttachTarget.kprobe(probe, "'do_one+0x4'", cookie: 0).cause(of: errno)
    #expect(cause.text.contains("kprobe on 'do_one+0x4'"), "\(cause.text)")
  }

  @Test("A single probed function is named, not counted")
  func single() {
    let (one, two): (KernelFunctions, KernelFunctions) = (.addresses([0xffff_0010]), .names(["a", "b"]))
    #expect(one.probeDescription == " on address 0xffff0010")
    #expect(two.probeDescription == "s on 2 functions")
  }

  @Test("A cause that names the hook already is unchanged")
  func namedOnce() {
    let hook = AttachTarget(
      "hook 'x'", .tracing, since: "Linux 5.5",
      causes: [.ioError: (.system, "hook 'x' is gone"), .deadlock: (.busy, "it is held")])
    #expect(hook.cause(of: .ioError).text == "hook 'x' is gone")
    #expect(hook.cause(of: .deadlock).text == "hook 'x': it is held")
  }

  @Test("Distinguishes missing functions, compiler-generated variants and functions that cannot be probed")
  func absence() {
    #expect(
      Self.lists.absence(of: "do_four")
        == "the kernel has no function 'do_four', or the compiler inlined it")
    #expect(
      Self.lists.absence(of: "do_two")
        == "the kernel has no function 'do_two', but compiler-generated variants of it: 'do_two.isra.0', 'do_two.part.1'"
    )
    #expect(Self.lists.absence(of: "do_one") == "kernel function 'do_one' cannot be probed")
    #expect(
      Self.unknown.absence(of: "do_one").contains("no function 'do_one', or the function cannot be probed"))
  }

  @Test("The error for many functions names those at fault")
  func many() {
    #expect(
      Self.lists.refusal(of: ["do_one", "do_four", "do_five"])
        == "the kernel has no function 'do_four', 'do_five'")
    #expect(Self.lists.refusal(of: ["do_one", "untraced"]) == "the kernel cannot trace 'untraced'")
    #expect(
      Self.lists.refusal(of: ["do_one", "do_three"]) == "the kernel cannot trace one of 'do_one', 'do_three'")
    #expect(Self.lists.refusal(of: ["untraced"]) == "the kernel cannot trace 'untraced'")
    #expect(Self.lists.refusal(of: ["do_two"]).contains("'do_two.isra.0'"))
    #expect(
      Self.unknown.refusal(of: ["a", "b", "c", "d", "e"])
        == "the kernel cannot trace one of 'a', 'b', 'c' and 2 more")
  }

  @Test("Distinguishes a function that cannot be traced from one that another tracer holds")
  func busy() {
    let untraced = Self.lists.obstacle(to: "untraced")
    #expect(
      untraced.code == .unsupported && untraced.text.hasPrefix("function 'untraced' cannot be traced: "))
    let held = Self.lists.obstacle(to: "do_one")
    #expect(held.code == .busy && held.text.hasPrefix("function 'do_one' can be traced, but another tracer"))
    let either = Self.unknown.obstacle(to: "do_one")
    #expect(either.code == .busy && either.text.contains("cannot be traced, or another tracer holds it"))
  }

  @Test("Reads the running kernel's functions", .kernel)
  func running() {
    #expect(KernelFunctions.Lists.running().known?.contains("do_nanosleep") == true)
  }
}
