//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// Kprobes, with expectations for kernels that have them and for those that lack them. ``HookTests`` tests attached
/// kprobes.
@Suite("Kprobes", .serialized, .kernel)
struct KprobeTests {
  /// Attaches and detaches, and returns the error if attaching fails.
  private func attempt(_ attach: () throws(BPFError) -> Link) throws -> BPFError? {
    do throws(BPFError) {
      try attach().detach()
      return nil
    } catch {
      return error
    }
  }

  @Test("A kprobe attaches, or the error names the missing kernel option")
  func single() throws {
    let programs = try ProbePrograms()
    let program = try programs["on_kernel"]
    let errors = [
      try attempt { () throws(BPFError) in try program.attach(toKprobe: "do_nanosleep") },
      try attempt { () throws(BPFError) in try program.attach(toKprobe: "do_nanosleep", isReturn: true) },
      try attempt { () throws(BPFError) in try program.attach(toKernelSystemCall: "getppid") },
    ]
    for error in errors {
      if BuiltFeature.kprobes.isAvailable {
        #expect(error == nil)
      } else {
        #expect(error?.code == .unsupported)
        #expect(error?.explanation == "this kernel has no kprobes: it was built without CONFIG_KPROBES")
        #expect(error?.programName == "on_kernel")
      }
    }
    for name in ["", "+4", "a\0b", "do_nanosleep@x"] {
      let error = try attempt { () throws(BPFError) in try program.attach(toKprobe: name) }
      #expect(error?.code == .invalidArgument)
    }
    let middle = try attempt { () throws(BPFError) in
      try program.attach(toKprobe: "do_nanosleep+4", isReturn: true)
    }
    #expect(middle?.code == .invalidArgument)
    let many = try programs["on_many_kernel"]
    #expect(
      try attempt { () throws(BPFError) in try many.attach(toKprobe: "do_nanosleep") }?.code == .wrongObject)
  }

  @Test("A kprobe takes a cookie, or the error names the release that introduced them")
  func cookies() throws {
    let program = try ProbePrograms()["on_kernel"]
    let error = try attempt { () throws(BPFError) in try program.attach(toKprobe: "do_nanosleep", cookie: 3) }
    if BuiltFeature.kprobes.isAvailable, KernelRelease.isOlder(than: "5.15") {
      #expect(error?.code == .unsupported)
      #expect(error?.explanation.hasSuffix(KernelRelease.requirement("5.15")) == true, "\(error as Any)")
    } else {
      #expect((error == nil) == BuiltFeature.kprobes.isAvailable)
    }
  }

  @Test("Kprobe multi attaches, or the error names the missing release or kernel option")
  func many() throws {
    let programs = try ProbePrograms()
    let program = try programs["on_many_kernel"]
    let session = try programs["on_kernel_session"]
    let errors = [
      try attempt { () throws(BPFError) in try program.attach(toKprobes: ["do_nanosleep"], cookies: [4]) },
      try attempt { () throws(BPFError) in try program.attach(toKprobesMatching: "do_nanosl?ep*") },
      try attempt { () throws(BPFError) in try session.attach(toKprobes: ["do_nanosleep"]) },
    ]
    for (error, release) in zip(errors, ["5.18", "5.18", "6.10"]) {
      if KernelRelease.isOlder(than: release) {
        #expect(error?.code == .unsupported)
        #expect(error?.explanation.hasSuffix(KernelRelease.requirement(release)) == true, "\(error as Any)")
      } else if BuiltFeature.multiKprobes.isAvailable {
        #expect(error == nil)
      } else {
        #expect(error?.code == .unsupported)
        #expect(error?.explanation.contains("CONFIG_FPROBE") == true)
      }
    }
    let none = try attempt { () throws(BPFError) in try program.attach(toKprobes: []) }
    #expect(none?.code == .invalidArgument)
    let cookies = try attempt { () throws(BPFError) in try program.attach(toKprobesAt: [1, 2], cookies: [3]) }
    #expect(cookies?.code == .invalidArgument)
    let pattern = try attempt { () throws(BPFError) in
      try program.attach(toKprobesMatching: "no_such_function_*")
    }
    #expect(pattern?.code == .notFound)
    let single = try programs["on_kernel"]
    #expect(
      try attempt { () throws(BPFError) in try single.attach(toKprobes: ["do_nanosleep"]) }?.code
        == .wrongObject)
  }

  @Test("Finds the kernel's functions by pattern in its lists")
  func functions() throws {
    let symbols = Array(
      """
      ffffffff81000010 T do_one
      ffffffff81000020 t do_two	[module]
      ffffffff81000030 D do_data
      ffffffff81000010 T do_one_alias
      damaged

      ffffffff81000040 T undo_one
      """.utf8)
    #expect(
      KernelFunctions.addresses(in: symbols, "do_*", hasKinds: true) == [
        0xffff_ffff_8100_0010, 0xffff_ffff_8100_0020,
      ])
    let traceable = Array("ffffffff81000010 do_one\nffffffff81000020 do_two [module]\nx do_three\n".utf8)
    #expect(KernelFunctions.addresses(in: traceable, "do_t*", hasKinds: false) == [0xffff_ffff_8100_0020])
    let names = Array("do_one\ndo_two [module]\ndo_three\ndo_two\n".utf8)
    #expect(KernelFunctions.names(in: names, "do_*") == ["do_one", "do_three"])
  }

  @Test("Returns the name of a system call's function in this kernel")
  func systemCalls() throws {
    let name = try KernelFacts.function(ofSystemCall: "getppid")
    #expect(name.hasSuffix("_sys_getppid"))
    #expect(try KernelSymbols.contains(name))
  }
}
