//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Hooks that some kernels lack, depending on their configuration. ``HookRefusalTests`` tests the errors on those.
@Suite("Hooks of kernels and programs", .serialized, .bpftool)
struct HookTests {
  // MARK: - Probes

  @Test("A kprobe runs its program until it is detached", .feature(.kprobes), arguments: Hook.kprobes)
  func kprobes(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A kprobe passes its cookie to the program, and a pin keeps it attached", .feature(.kprobes),
    .kernel(since: "5.15"), arguments: Hook.kprobes)
  func kprobeLinks(hook: Hook) throws {
    try HookedProgram(hook).expectCookie()
    try hook.expectPins()
  }

  @Test(
    "A kprobe multi link runs its program, passes cookies, and a pin keeps it attached",
    .feature(.multiKprobes), arguments: Hook.multiKprobes)
  func multiKprobes(hook: Hook) throws { try hook.expectAll() }

  @Test(
    "A kprobe session runs its program at function entry and exit", .feature(.multiKprobes),
    .kernel(since: "6.10"))
  func kprobeSession() throws { try Hook.kprobeSession.expectAll() }

  // MARK: - Trampolines

  @Test(
    "A tracing program on a kernel function runs until it is detached", .feature(.trampolines),
    arguments: Hook.functions)
  func functions(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test("A sleepable program attaches to a function", .feature(.trampolines), .kernel(since: "6.3"))
  func sleepableFunction() throws { try Hook.sleepableFunction.expectAll() }

  @Test(
    "An LSM program runs until it is detached", .feature(.securityHooks),
    arguments: Hook.securityHooks)
  func securityHooks(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A tracing program on another program's function runs until it is detached", .feature(.trampolines),
    arguments: Hook.programs)
  func programs(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A tracing program reads its cookie", .feature(.trampolines), .kernel(since: "5.19"),
    arguments: Hook.functions + Hook.programs)
  func functionCookies(hook: Hook) throws { try HookedProgram(hook).expectCookie() }

  @Test(
    "An LSM program reads its cookie", .feature(.securityHooks), .kernel(since: "5.19"),
    arguments: Hook.securityHooks)
  func securityHookCookies(hook: Hook) throws { try HookedProgram(hook).expectCookie() }

  @Test(
    "A pin keeps a tracing program attached", .feature(.trampolines),
    arguments: Hook.functions + Hook.programs + [Hook.replacement])
  func functionPins(hook: Hook) throws { try hook.expectPins() }

  @Test(
    "A pin keeps an LSM program attached", .feature(.securityHooks),
    arguments: Hook.securityHooks)
  func securityHookPins(hook: Hook) throws { try hook.expectPins() }

  @Test(
    "A session program runs at function entry and exit", .feature(.trampolines),
    .kernel(since: "7.0"), arguments: [Hook.functionSession, Hook.programSession])
  func functionSessions(hook: Hook) throws { try hook.expectAll() }

  @Test(
    "The second attachment to another program's function fails and advises to load again",
    .feature(.trampolines))
  func again() throws {
    let watching = try HookedProgram(Hook.programs[0])
    try watching.program.attach().detach()
    let error = #expect(throws: BPFError.self) { try watching.program.attach() }
    #expect(
      error?.explanation.hasSuffix("can be attached only once: load it again to attach it again") == true)
  }

  @Test(
    "Before Linux 5.13, the second attachment to any function fails with advice", .feature(.trampolines),
    .kernel(before: "5.13"))
  func againBefore() throws {
    let hooked = try HookedProgram(Hook.functions[0])
    try hooked.program.attach().detach()
    let error = #expect(throws: BPFError.self) { try hooked.program.attach() }
    #expect(error?.explanation.contains("before Linux 5.13") == true)
  }

  @Test("A program replaces another program's function until it is detached", .feature(.trampolines))
  func replacement() throws {
    let replacement = try HookedProgram(.replacement)
    try replacement.expectToFire()
    let target = try #require(replacement.watched)
    let packet = [UInt8](repeating: 0, count: 64)
    #expect(try target.run(data: packet).returnValue == 64)
    let link = try replacement.object.attach()["replaced"]
    #expect(try target.run(data: packet).returnValue == 7)
    try link?.detach()
    #expect(try eventually { try target.run(data: packet).returnValue == 64 })
  }
}

extension Hook {
  /// Expects pins to keep the program attached. Some programs can be attached only once, so each part loads its own.
  fileprivate func expectPins() throws {
    try HookedProgram(self).expectToOutliveItsHolder()
    try HookedProgram(self).expectToGoWithItsPin()
  }

  /// Expects the behavior of hooks that have had links and cookies from the beginning.
  fileprivate func expectAll() throws {
    try HookedProgram(self).expectToFire()
    try HookedProgram(self).expectCookie()
    try expectPins()
  }
}
