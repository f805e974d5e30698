//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Loading objects", .kernel)
struct LoadingTests {
  /// A packet of zeros with the minimum length.
  static let packet = [UInt8](repeating: 0, count: 64)

  @Test("Runs a program that counts in its map")
  func counter() throws {
    let object = try ObjectFixture.object("counter").load()
    let count = try #require(object.programs["count"])
    for _ in 0..<3 { #expect(try count.run(data: Self.packet).returnValue == 0) }
    let hits = try HashMap<UInt32, UInt64>(try #require(object.maps["hits"]))
    #expect(try hits[1] == 3)
    let info = try count.info()
    #expect(info.mapIDs == [hits.id])
    #expect(info.type == .schedCLS && info.name == "count" && info.isGPLCompatible && info.btfID != 0)
  }

  @Test("Sets global variables before loading, and shares them afterwards")
  func globals() throws {
    var file = try ObjectFixture.object("globals")
    try file.setVariable("limit", to: Int32(100))
    try file.setVariable("counter", to: Int32(41))
    let object = try file.load()
    let use = try #require(object.programs["use"])
    #expect(try use.run(data: Self.packet).signedReturnValue == 48)
    #expect(try object.variable("counter", as: Int32.self) == 48)
    #expect(try object.variable("runs", as: UInt64.self) == 1)
    try object.setVariable("counter", to: Int32(-7))
    #expect(try use.run(data: Self.packet).signedReturnValue == 0)
    #expect(try object.variable("runs", as: UInt64.self) == 2)
    #expect(try object.variable("extra", as: Int32.self) == 7 + 6 + 7)

    let frozen = #expect(throws: BPFError.self) { try object.setVariable("limit", to: Int32(1)) }
    #expect(frozen?.code == .frozen)
    let unknown = #expect(throws: BPFError.self) { try object.variable("nothing", as: Int32.self) }
    #expect(unknown?.code == .notFound)
    let wide = #expect(throws: BPFError.self) { try object.variable("counter", as: Int64.self) }
    #expect(wide?.code == .wrongSize)
  }

  @Test("A rejected program's error has the verifier's reason")
  func refusal() throws {
    var file = try ObjectFixture.object("refused")
    file.license = "GPL"
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .rejected)
    #expect(error?.programName == "refused")
    #expect(error?.explanation.contains("invalid mem access") == true, "\(String(describing: error))")
    #expect(error?.explanation.contains("return *address") == true, "\(String(describing: error))")
    #expect(error?.log?.contains("processed") == true)
  }

  @Test("A rejected program leaves nothing behind")
  func refusalLeavesNothing() async {
    // Runs in a process of its own, since concurrent tests open descriptors, too.
    await #expect(processExitsWith: .success) {
      let file = try ObjectFixture.object("refused")
      let before = OpenDescriptors.count
      for _ in 0..<10 {
        #expect(throws: BPFError.self) { try file.load() }
      }
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test(
    "Names a missing field if the verifier reaches it", .kernel(since: "5.11"))
  func unresolved() throws {
    let error = #expect(throws: BPFError.self) { try ObjectFixture.object("missing_field").load() }
    #expect(error?.code == .rejected)
    #expect(error?.explanation.contains("no_such_field") == true, "\(String(describing: error))")
  }

  @Test("A struct_ops value has the kernel's layout", .bpftool)
  func operations() throws {
    let object = try ObjectFixture.object("struct_ops").load()
    let map = try #require(object.maps["fixture_tcp"])
    let types = try #require(try map.elementTypes())
    let (value, name) = (try #require(types.value), "bpf_struct_ops_tcp_congestion_ops")
    #expect(types.key == nil && value.name == name && value.byteCount == map.valueSize)
    let ours = try JSON(parsing: value.json(#require(try map.lookup([0, 0, 0, 0]))))
    // bpftool omits the brackets around several values.
    let dump = try Bpftool.text("--json", "struct_ops", "dump", "id", "\(map.id)")
    let theirs = try JSON(parsing: "[\(dump)]")[1][name]
    #expect(ours["data"].object.count > 5 && ours.object.keys.sorted() == theirs.object.keys.sorted())
    #expect(ours["data"].object.keys.sorted() == theirs["data"].object.keys.sorted())
  }

  @Test("A token suffices to load an object", .kernel(since: "6.9"))
  func token() async throws {
    let token = try FixtureDescriptor.loadingToken()
    let file = try ObjectFixture.object("counter")
    let object = try await Worker.run {
      try TestCapability.limitThread(to: [])
      return try file.load(LoadOptions(token: token))
    }
    #expect(try object.programs["count"]?.run(data: Self.packet).returnValue == 0)
    let error = await #expect(throws: BPFError.self) {
      try await Worker.run {
        try TestCapability.limitThread(to: [])
        return try file.load()
      }
    }
    #expect(error?.code == .permissionDenied)
  }

  @Test("Options missing from the given text come from the running kernel")
  func configuration() throws {
    let file = try ObjectFixture.object("kconfig")
    let plain = try file.load()
    let text = "CONFIG_HZ=77\n# CONFIG_BPF_SYSCALL is not set\n"
    let given = try file.load(LoadOptions(kernelConfiguration: text))
    for object in [plain, given] { _ = try object.programs["look"]?.run(data: Self.packet) }
    #expect(try given.variable("hz", as: UInt64.self) == 77)
    #expect(try plain.variable("hz", as: UInt64.self) != 77)
    for name in ["version", "flags", "missing"] {
      #expect(try given.variable(name, as: UInt64.self) == plain.variable(name, as: UInt64.self))
    }
    #expect(try plain.variable("flags", as: UInt64.self) & 4 != 0)
  }

  @Test("Functions shared by programs of several types relocate alike in each")
  func sharedQuestions() throws {
    var file = try ObjectFixture.object("shared_questions")
    for name in ["tracepoint_in_vain", "classifier_in_vain"] { file.programs[name]?.isLoaded = false }
    let object = try file.load()
    let task = try #require(try BTFTypes.vmlinux().find(.structure, named: "task_struct"))
    let member = try #require(task.offsetOfMember("pid"))
    let classifier = try #require(object.programs["in_classifier"])
    let run = try classifier.run(data: [UInt8](repeating: 0, count: 14))
    #expect(Int(run.returnValue) == member * 2 + 1)
    let tracepoint = try #require(object.programs["in_tracepoint"])
    let offset = Int32(truncatingIfNeeded: member)
    #expect(try tracepoint.translatedInstructions().contains { $0.immediate == offset })
  }

  @Test(
    "Names a missing field in each program that shares the function",
    arguments: ["tracepoint_in_vain", "classifier_in_vain"])
  func sharedPoison(name: String) throws {
    var file = try ObjectFixture.object("shared_questions")
    let names = file.programs.names
    for other in names where other.hasSuffix("in_vain") && other != name {
      file.programs[other]?.isLoaded = false
    }
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .rejected && error?.programName == name)
    #expect(error?.explanation.contains("no_such_field") == true, "\(String(describing: error))")
  }

  @Test("Loads only selected programs")
  func selection() throws {
    var file = try ObjectFixture.object("subprograms")
    for index in file.programs.indices.dropFirst() { file.programs[index].isLoaded = false }
    let object = try file.load()
    #expect(object.programs.count == 1)
  }
}

extension BTFType {
  /// Returns the offset of a named member in bytes, or `nil` if it is within another.
  fileprivate func offsetOfMember(_ name: String) -> Int? {
    members.first { $0.name == name }?.byteOffset
  }
}
