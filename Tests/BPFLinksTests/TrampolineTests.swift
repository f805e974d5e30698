//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Programs that the kernel calls from a function's own code. Some kernels are built to refuse them all, whoever asks:
/// what is loaded must then say so, and by what.
@Suite("Functions of the kernel and of programs", .serialized, .kernel, .sources)
struct TrampolineTests {
  private static let file = Result { try FixtureObjects(beside: #filePath).object("trampolines") }

  /// Loads one program of the fixture; nil if this kernel refuses programs of its kind, and says so.
  private func load(
    _ name: String, refusedAs kind: String, of target: Program? = nil
  ) throws -> Object? {
    var file = try Self.file.get()
    try file.setVariable("process", to: getpid())
    var definition = try #require(file.programs[name])
    definition.isLoaded = true
    definition.targetProgram = target
    file.programs[name] = definition
    do throws(BPFError) {
      return try file.load()
    } catch {
      #expect(error.code == .permissionDenied && error.errno == .notPermitted)
      #expect(error.programName == name)
      #expect(error.explanation.contains("this kernel forbids programs of type \(kind), whoever loads them"))
      #expect(!error.explanation.contains("CAP_BPF"))
      return nil
    }
  }

  private func calls(of object: Object, _ body: () -> Void) throws -> UInt64 {
    let before = try object.variable("calls", as: UInt64.self)
    body()
    return try object.variable("calls", as: UInt64.self) - before
  }

  private func expectToFire(_ object: Object, _ name: String, _ event: () -> Void) throws {
    let link = try object.program(name).attach()
    #expect(link.type == .tracing)
    #expect(try calls(of: object, event) >= 1)
    try link.detach()
    #expect(try eventually { try calls(of: object, event) == 0 })
  }

  @Test(
    "A program on a function of the kernel runs, or the kernel's refusal is named",
    arguments: [
      ("on_entry", "tracing for trace_fentry"), ("on_exit", "tracing for trace_fexit"),
      ("on_sleepable_entry", "tracing for trace_fentry"), ("on_return", "tracing for modify_return"),
    ])
  func functions(name: String, kind: String) throws {
    guard let object = try load(name, refusedAs: kind) else { return }
    try expectToFire(object, name) { close(open("/dev/null", O_RDONLY)) }
  }

  @Test("A program on a security hook runs, or the kernel's refusal is named")
  func securityHooks() throws {
    if let object = try load("on_open", refusedAs: "lsm for lsm_mac") {
      try expectToFire(object, "on_open") { close(open("/dev/null", O_RDONLY)) }
    }
    guard let object = try load("on_socket", refusedAs: "lsm for lsm_cgroup") else { return }
    let group = try TemporaryCgroup()
    let link = try object.program("on_socket").attach(toCgroup: FilePath(group.path))
    #expect(link.type == .cgroup)
    try link.detach()
  }

  @Test("A program takes the place of another's function, or watches it, or the kernel's refusal is named")
  func replacing() throws {
    let target = try #require(try load("target", refusedAs: "sched_cls")).program("target")
    let packet = [UInt8](repeating: 0, count: 64)
    #expect(try target.run(data: packet).returnValue == 64)
    if let object = try load("replaced", refusedAs: "ext", of: target) {
      let link = try object.attach()["replaced"]
      #expect(try target.run(data: packet).returnValue == 7)
      try link?.detach()
      #expect(try eventually { try target.run(data: packet).returnValue == 64 })
    }
    if let object = try load("on_weigh", refusedAs: "tracing for trace_fentry", of: target) {
      try expectToFire(object, "on_weigh") { _ = try? target.run(data: packet) }
    }
  }

  @Test("A replacement must be told what it replaces, and that must be there")
  func targets() throws {
    var alone = try Self.file.get()
    alone.programs["replaced"]?.isLoaded = true
    let untold = #expect(throws: BPFError.self) { try alone.load() }
    #expect(untold?.code == .invalidArgument && untold?.explanation.contains("targetProgram") == true)
    let target = try #require(try load("target", refusedAs: "sched_cls")).program("target")
    var file = try Self.file.get()
    var definition = try #require(file.programs["replaced"])
    (definition.isLoaded, definition.targetProgram, definition.attachTarget) = (true, target, "measure")
    file.programs["replaced"] = definition
    let missing = #expect(throws: BPFError.self) { try file.load() }
    #expect(missing?.code == .notFound && missing?.programName == "replaced")
    #expect(missing?.explanation.hasSuffix("has no function 'measure'") == true)
    let wrong = #expect(throws: BPFError.self) { try target.attach(replacing: "weigh", of: target) }
    #expect(wrong?.code == .wrongObject)
  }

  @Test("Who lacks a privilege is told which it may be")
  func unprivileged() async throws {
    try await Worker.run {
      var file = try Self.file.get()
      file.programs["on_entry"]?.isLoaded = true
      let loaded = file
      try TestCapability.limitThread(to: [.bpf])
      let error = #expect(throws: BPFError.self) { try loaded.load() }
      #expect(error?.code == .permissionDenied && error?.programName == "on_entry")
      #expect(error?.explanation.contains("needs CAP_PERFMON, which this process lacks") == true)
    }
  }
}
