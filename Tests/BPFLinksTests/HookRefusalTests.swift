//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Errors for hooks that the kernel lacks, or that are used incorrectly. ``HookTests`` tests working hooks.
@Suite("Errors for unsupported hooks", .serialized, .kernel, .sources)
struct HookRefusalTests {
  /// Returns the error of loading a program; nil if it loads.
  private func refusal(_ name: String, of watched: Program? = nil) throws -> BPFError? {
    let file = try HookedProgram.blueprint(name, of: watched)
    do throws(BPFError) {
      _ = try file.load()
      return nil
    } catch {
      return error
    }
  }

  /// Expects a program to load if the kernel has trampolines, and an explanation of the kernel's error otherwise.
  private func expectTrampoline(_ name: String, _ kind: String, of watched: Program? = nil) throws {
    let error = try refusal(name, of: watched)
    if BuiltFeature.trampolines.isAvailable {
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
    "A tracing or LSM program loads, or the error names its type",
    arguments: [
      ("on_entry", "tracing for trace_fentry"), ("on_exit", "tracing for trace_fexit"),
      ("on_return", "tracing for modify_return"), ("on_open", "lsm for lsm_mac"),
    ])
  func functions(name: String, kind: String) throws { try expectTrampoline(name, kind) }

  @Test("A sleepable program loads if its hook allows it, or the error explains the rejection")
  func sleepable() throws {
    if !KernelRelease.isOlder(than: "5.11") { try expectTrampoline("on_sleepable_open", "lsm for lsm_mac") }
    guard BuiltFeature.trampolines.isAvailable, KernelRelease.isOlder(than: "6.3") else {
      return try expectTrampoline("on_sleepable_entry", "tracing for trace_fentry")
    }
    // On older kernels, it depends on the kernel's configuration.
    if let error = try refusal("on_sleepable_entry") {
      #expect(error.code == .rejected || error.code == .unsupported, "\(error)")
      #expect(error.explanation.contains("bpf_fentry_test1 is not sleepable"))
    }
  }

  @Test("A program that replaces or traces another program's function loads, or the error names its type")
  func programs() throws {
    let target = try HookedProgram.target()
    try expectTrampoline("replaced", "ext", of: target)
    try expectTrampoline("on_weigh", "tracing for trace_fentry", of: target)
    try expectTrampoline("on_weighed", "tracing for trace_fexit", of: target)
  }

  @Test(
    "The error for a program type that the kernel lacks names the release that introduced it",
    arguments: [
      ("on_socket", "6.0", "lsm for lsm_cgroup"), ("on_session", "7.0", "tracing for trace_fsession"),
    ])
  func younger(name: String, release: String, kind: String) throws {
    guard KernelRelease.isOlder(than: release) else { return try expectTrampoline(name, kind) }
    let error = try refusal(name)
    let requirement = KernelRelease.requirement(release)
    if BuiltFeature.trampolines.isAvailable {
      #expect(error?.code == .unsupported)
      #expect(error?.explanation == "this kernel has no programs of type \(kind): \(requirement)")
    }
    #expect(error?.programName == name)
  }

  @Test("A replacement requires a target program with the named function")
  func targets() throws {
    let untargeted = try refusal("replaced")
    #expect(untargeted?.code == .invalidArgument && untargeted?.explanation.contains("targetProgram") == true)
    let target = try HookedProgram.target()
    var file = try HookedProgram.blueprint("replaced", of: target)
    file.programs["replaced"]?.attachTarget = "measure"
    let missing = #expect(throws: BPFError.self) { try file.load() }
    #expect(missing?.code == .notFound && missing?.programName == "replaced")
    #expect(missing?.explanation.hasSuffix("has no function 'measure'") == true)
    let wrong = #expect(throws: BPFError.self) { try target.attach(replacing: "weigh", of: target) }
    #expect(wrong?.code == .wrongObject)
  }

  @Test("The error for a missing capability names it")
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
