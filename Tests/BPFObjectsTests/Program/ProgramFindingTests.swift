//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Finding programs", .kernel)
struct ProgramFindingTests {
  private static func program(named name: String, returning number: Int32) throws -> Program {
    try Program(
      type: .xdp, name: name, instructions: [.move(.constant(number), to: .r0), .exit], license: "GPL")
  }

  @Test("Finds a program by its name")
  func name() throws {
    let name = UniqueName.next()
    let program = try Self.program(named: name, returning: 1)
    #expect(try Program(name: name).id == program.id)
    let other = try Self.program(named: name, returning: 2)
    let ambiguous = #expect(throws: BPFError.self) { try Program(name: name) }
    #expect(ambiguous?.code == .ambiguous && ambiguous?.programName == name)
    #expect(ambiguous?.explanation.contains("id \(program.id) (xdp), id \(other.id) (xdp)") == true)
    let missing = #expect(throws: BPFError.self) { try Program(name: "no_such_prog") }
    #expect(missing?.code == .notFound)
    #expect(#expect(throws: BPFError.self) { try Program(name: "") }?.code == .invalidName)
  }

  @Test("Compares long names with the function's", .sources)
  func longName() throws {
    let source = """
      __attribute__((section("socket"), used)) int a_name_of_20_bytes_x(void *c) { return 0; }
      __attribute__((section("socket"), used)) int a_name_of_20_bytes_y(void *c) { return 1; }
      char _license[] __attribute__((section("license"), used)) = "GPL";
      """
    let object = try ObjectFixture.object(source: source).load()
    for name in ["a_name_of_20_bytes_x", "a_name_of_20_bytes_y"] {
      #expect(try Program(name: name).id == object.programs[name]?.id)
    }
    #expect(
      #expect(throws: BPFError.self) { try Program(name: "a_name_of_20_bytes_z") }?.code == .notFound)
  }

  @Test("Finds a program by its tag")
  func tag() throws {
    let program = try Self.program(named: "", returning: Int32.random(in: 1 << 20..<1 << 30))
    #expect(ProgramTag(program.tag.description) == program.tag)
    #expect(try Program(tag: program.tag).id == program.id)
    let twin = try Program(
      type: .xdp, instructions: program.translatedInstructions(), license: "GPL")
    let ambiguous = #expect(throws: BPFError.self) { try Program(tag: program.tag) }
    #expect(ambiguous?.code == .ambiguous && ambiguous?.explanation.contains("\(twin.id)") == true)
    let tag = try #require(ProgramTag("0123456789abcdef"))
    #expect(#expect(throws: BPFError.self) { try Program(tag: tag) }?.code == .notFound)
    #expect(ProgramTag("0123456789abcde") == nil && ProgramTag("0123456789abcdeg") == nil)
  }

  @Test("Finds the programs that use a map, also by binding", .kernel(since: "5.10"))
  func maps() throws {
    let map = try ArrayMap<UInt64>(name: "found", maxEntries: 1)
    let user = try Program(
      type: .xdp, assembly: [.load(valueOf: map.handle, to: .r1), .move(0, to: .r0), .exit], license: "GPL")
    let other = try Self.program(named: "other", returning: 0)
    #expect(try Program.all(using: map.handle).map(\.id) == [user.id])
    try other.bind(map.handle)
    try other.bind(map.handle)
    #expect(try Program.all(using: map.handle).map(\.id) == [user.id, other.id])
    #expect(try other.info().mapIDs == [map.handle.id])
  }

  @Test("A bound map lives as long as the program")
  func boundMap() throws {
    let program = try Self.program(named: "binder", returning: 0)
    let id = try {
      let map = try ArrayMap<UInt64>(name: "bound", maxEntries: 1)
      try program.bind(map.handle)
      return map.handle.id
    }()
    #expect(try MapHandle(id: id).name == "bound")
  }

  @Test("Counts runs only within the closure")
  func statistics() throws {
    let program = try Self.program(named: "counted", returning: 0)
    let packet = [UInt8](repeating: 0, count: 14)
    let result = try Program.withRunTimeStatistics {
      try program.run(data: packet, repetitions: 100).returnValue
    }
    #expect(result == 0)
    #expect(try program.info().runCount == 100)
    #expect(throws: CancellationError.self) {
      try Program.withRunTimeStatistics { throw CancellationError() }
    }
  }
}
