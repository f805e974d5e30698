//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Hooks that kernels have or lack by how they were built. ``HookRefusalTests`` has what those say that lack them.
@Suite("Hooks of the kernel and of programs", .serialized, .bpftool)
struct HookTests {
  // MARK: - Probes

  @Test("A kprobe runs its program until it is detached", .feature(.kprobes), arguments: Hook.kprobes)
  func kprobes(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A kprobe gives its program a cookie, and outlives its holder by a pin", .feature(.kprobes),
    .kernel(since: "5.15"), arguments: Hook.kprobes)
  func kprobeLinks(hook: Hook) throws {
    try HookedProgram(hook).expectCookie()
    try hook.expectPins()
  }

  @Test(
    "Kprobes on many functions run their program, give it cookies, and outlive their holder by a pin",
    .feature(.multiKprobes), arguments: Hook.multiKprobes)
  func multiKprobes(hook: Hook) throws { try hook.expectAll() }

  @Test(
    "A session runs its program at the call and at the return", .feature(.multiKprobes),
    .kernel(since: "6.10"))
  func kprobeSession() throws { try Hook.kprobeSession.expectAll() }

  // MARK: - Trampolines

  @Test(
    "A program on a function of the kernel runs until it is detached", .feature(.trampolines),
    arguments: Hook.functions)
  func functions(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test("A program on a function may sleep", .feature(.trampolines), .kernel(since: "6.3"))
  func sleepableFunction() throws { try Hook.sleepableFunction.expectAll() }

  @Test(
    "A program at a security hook runs until it is detached", .feature(.securityHooks),
    arguments: Hook.securityHooks)
  func securityHooks(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A program on a function of a program runs until it is detached", .feature(.trampolines),
    arguments: Hook.programs)
  func programs(hook: Hook) throws { try HookedProgram(hook).expectToFire() }

  @Test(
    "A program on a function is given its cookie", .feature(.trampolines), .kernel(since: "5.19"),
    arguments: Hook.functions + Hook.programs)
  func functionCookies(hook: Hook) throws { try HookedProgram(hook).expectCookie() }

  @Test(
    "A program at a security hook is given its cookie", .feature(.securityHooks), .kernel(since: "5.19"),
    arguments: Hook.securityHooks)
  func securityHookCookies(hook: Hook) throws { try HookedProgram(hook).expectCookie() }

  @Test(
    "A program on a function outlives its holder by a pin", .feature(.trampolines),
    arguments: Hook.functions + Hook.programs + [Hook.replacement])
  func functionPins(hook: Hook) throws { try hook.expectPins() }

  @Test(
    "A program at a security hook outlives its holder by a pin", .feature(.securityHooks),
    arguments: Hook.securityHooks)
  func securityHookPins(hook: Hook) throws { try hook.expectPins() }

  @Test(
    "A program runs at the call and at the return of a function", .feature(.trampolines),
    .kernel(since: "7.0"), arguments: [Hook.functionSession, Hook.programSession])
  func functionSessions(hook: Hook) throws { try hook.expectAll() }

  @Test("A program on another's function is attached once, and then told so", .feature(.trampolines))
  func again() throws {
    let watching = try HookedProgram(Hook.programs[0])
    try watching.program.attach().detach()
    let error = #expect(throws: BPFError.self) { try watching.program.attach() }
    #expect(error?.explanation.hasSuffix("can be attached once: load it again to attach it again") == true)
  }

  @Test(
    "Before Linux 5.13 any program is attached to a function once, and then told so", .feature(.trampolines),
    .kernel(before: "5.13"))
  func againBefore() throws {
    let hooked = try HookedProgram(Hook.functions[0])
    try hooked.program.attach().detach()
    let error = #expect(throws: BPFError.self) { try hooked.program.attach() }
    #expect(error?.explanation.contains("before Linux 5.13") == true)
  }

  @Test("A program takes the place of another's function until it is detached", .feature(.trampolines))
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
  /// A link outlives its holder by a pin. Some programs can be attached once, so that each part has its own.
  fileprivate func expectPins() throws {
    try HookedProgram(self).expectToOutliveItsHolder()
    try HookedProgram(self).expectToGoWithItsPin()
  }

  /// What holds for hooks that had links and cookies from the beginning.
  fileprivate func expectAll() throws {
    try HookedProgram(self).expectToFire()
    try HookedProgram(self).expectCookie()
    try expectPins()
  }
}
