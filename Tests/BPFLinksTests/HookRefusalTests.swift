//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// What the library says of hooks that the kernel lacks, or that are used wrongly. ``HookTests`` has what they do.
@Suite("Refusals of hooks", .serialized, .kernel, .sources)
struct HookRefusalTests {
  /// The error of loading a program; nil if it loads.
  private func refusal(_ name: String, of watched: Program? = nil) throws -> BPFError? {
    let file = try HookedProgram.blueprint(name, of: watched)
    do throws(BPFError) {
      _ = try file.load()
      return nil
    } catch {
      return error
    }
  }

  /// A program loads where the kernel has trampolines; where it has none, the kernel's refusal is named.
  private func expectTrampoline(_ name: String, _ kind: String, of watched: Program? = nil) throws {
    let error = try refusal(name, of: watched)
    if BuiltFeature.trampolines.isThere {
      #expect(error == nil)
    } else {
      #expect(error?.code == .permissionDenied && error?.errno == .notPermitted)
      #expect(error?.programName == name)
      #expect(
        error?.explanation.contains("this kernel forbids programs of type \(kind): its configuration")
          == true)
      #expect(error?.explanation.contains("CAP_BPF") == false)
    }
  }

  @Test(
    "A program on a function of the kernel, or at a security hook, loads or is refused by name",
    arguments: [
      ("on_entry", "tracing for trace_fentry"), ("on_exit", "tracing for trace_fexit"),
      ("on_return", "tracing for modify_return"), ("on_open", "lsm for lsm_mac"),
    ])
  func functions(name: String, kind: String) throws { try expectTrampoline(name, kind) }

  @Test("A program that may sleep loads where its hook may, or is refused by name")
  func sleepable() throws {
    if !KernelRelease.isOlder(than: "5.11") { try expectTrampoline("on_sleepable_open", "lsm for lsm_mac") }
    guard BuiltFeature.trampolines.isThere, KernelRelease.isOlder(than: "6.3") else {
      return try expectTrampoline("on_sleepable_entry", "tracing for trace_fentry")
    }
    // Before, it was a matter of how the kernel was built.
    if let error = try refusal("on_sleepable_entry") {
      #expect(error.code == .rejected || error.code == .unsupported, "\(error)")
      #expect(error.explanation.contains("bpf_fentry_test1 is not sleepable"))
    }
  }

  @Test("A program in the place of a function, or on it, loads or is refused by name")
  func programs() throws {
    let target = try HookedProgram.target()
    try expectTrampoline("replaced", "ext", of: target)
    try expectTrampoline("on_weigh", "tracing for trace_fentry", of: target)
    try expectTrampoline("on_weighed", "tracing for trace_fexit", of: target)
  }

  @Test(
    "A program of a kind that is younger than the kernel is refused with the release that has it",
    arguments: [
      ("on_socket", "6.0", "lsm for lsm_cgroup"), ("on_session", "7.0", "tracing for trace_fsession"),
    ])
  func younger(name: String, release: String, kind: String) throws {
    guard KernelRelease.isOlder(than: release) else { return try expectTrampoline(name, kind) }
    let error = try refusal(name)
    let requirement = KernelRelease.requirement(release)
    if BuiltFeature.trampolines.isThere {
      #expect(error?.code == .unsupported)
      #expect(error?.explanation == "this kernel has no programs of type \(kind): \(requirement)")
    }
    #expect(error?.programName == name)
  }

  @Test("A replacement must be told what it replaces, and that must be there")
  func targets() throws {
    let untold = try refusal("replaced")
    #expect(untold?.code == .invalidArgument && untold?.explanation.contains("targetProgram") == true)
    let target = try HookedProgram.target()
    var file = try HookedProgram.blueprint("replaced", of: target)
    file.programs["replaced"]?.attachTarget = "measure"
    let missing = #expect(throws: BPFError.self) { try file.load() }
    #expect(missing?.code == .notFound && missing?.programName == "replaced")
    #expect(missing?.explanation.hasSuffix("has no function 'measure'") == true)
    let wrong = #expect(throws: BPFError.self) { try target.attach(replacing: "weigh", of: target) }
    #expect(wrong?.code == .wrongObject)
  }

  @Test("Who lacks a privilege is told which it may be")
  func unprivileged() async throws {
    try await Worker.run {
      let file = try HookedProgram.blueprint("on_entry")
      try TestCapability.limitThread(to: [.bpf])
      let error = #expect(throws: BPFError.self) { try file.load() }
      #expect(error?.code == .permissionDenied && error?.programName == "on_entry")
      #expect(error?.explanation.contains("needs CAP_PERFMON, which this process lacks") == true)
    }
  }
}
