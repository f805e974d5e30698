//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Programs", .bpftool)
struct ProgramTests {
  private static func counter() throws -> Program {
    try #require(try ObjectFixture.object("counter").load().programs["count"])
  }

  @Test("Reads the same information as bpftool")
  func information() throws {
    let program = try Self.counter()
    let theirs = try Bpftool.run("prog", "show", "id", "\(program.id)")
    let info = try program.info()
    #expect(theirs["name"].string == "count" && info.name == "count")
    #expect(theirs["type"].string == program.type.description)
    #expect(theirs["tag"].string == program.tag.description)
    #expect(theirs["bytes_xlated"].integer == info.translatedSize)
    #expect(theirs["bytes_jited"].integer == info.jitedSize)
    #expect(theirs["btf_id"].integer == Int(info.btfID))
    // The number is told since Linux 5.16.
    #expect((info.verifiedInstructions > 0) == !KernelRelease.isOlder(than: "5.16"))
    #expect(info.loadTime > .zero)
    #expect(try program.translatedInstructions().count * 8 == info.translatedSize)
  }

  @Test("Opens the same program by ID, pin and descriptor")
  func opening() throws {
    let program = try Self.counter()
    #expect(try Program(id: program.id).tag == program.tag)
    #expect(try program.duplicate().id == program.id)
    #expect(try program.withFileDescriptor { try Program(duplicating: $0).id } == program.id)
    #expect(try Program.all().contains { $0.id == program.id })
    try withBPFFileSystem { files in
      let path = files.appending("count")
      try program.pin(at: path)
      #expect(try Program(pinnedAt: path).id == program.id)
      let taken = #expect(throws: BPFError.self) { try program.pin(at: path) }
      #expect(taken?.code == .alreadyExists && taken?.programID == program.id)
      let map = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: path) }
      #expect(map?.code == .wrongObject)
      let other = try Self.counter()
      let stranger = #expect(throws: BPFError.self) { try other.unpin(from: path) }
      #expect(stranger?.code == .wrongObject)
      try program.unpin(from: path)
      let gone = #expect(throws: BPFError.self) { try Program(pinnedAt: path) }
      #expect(gone?.code == .notFound)
    }
  }

  @Test("Runs syscall programs once, and copies their context", .kernel(since: "5.14"))
  func systemCalls() throws {
    let object = try ObjectFixture.object("system_call").load()
    let add = try #require(object.programs["add"])
    let context = UInt64(40).bytes + UInt64(2).bytes + [UInt8](repeating: 0, count: 16)
    let run = try add.run(context: context)
    #expect(run.returnValue == 0)
    #expect(run.context == context[..<16] + UInt64(42).bytes + [UInt8](repeating: 0, count: 8))
    #expect(context[16...].allSatisfy { $0 == 0 })
    #expect(try HashMap<UInt64, UInt64>(try #require(object.maps["results"]))[40] == 42)
    let error = #expect(throws: BPFError.self) { try add.run(context: context, repetitions: 2) }
    #expect(error?.code == .invalidArgument)
  }

  @Test("Rejects other objects by name")
  func wrongObjects() throws {
    let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let error = #expect(throws: BPFError.self) {
      try map.withFileDescriptor { (descriptor) throws(BPFError) in try Program(duplicating: descriptor) }
    }
    #expect(error?.code == .wrongObject)
    #expect(error?.description.contains("is a BPF map, not a BPF program") == true)
    let missing = #expect(throws: BPFError.self) { try Program(id: 0x7fff_fff0) }
    #expect(missing?.code == .notFound)
    let closed = #expect(throws: BPFError.self) { try Program(duplicating: FileDescriptor(rawValue: 9999)) }
    #expect(closed?.code == .invalidArgument)
  }

  @Test("A test run returns data, context and duration, and rejects invalid arguments")
  func runs() throws {
    let program = try Self.counter()
    let packet = (0..<64).map(UInt8.init)
    let run = try program.run(data: packet, repetitions: 1000)
    #expect(run.data == packet && run.dataSize == 64)
    #expect(run.duration > .zero)
    let short = try program.run(data: packet, dataCapacity: 20)
    #expect(short.data == Array(packet.prefix(20)) && short.dataSize == 64)
    let error = #expect(throws: BPFError.self) { try program.run(data: [1, 2, 3]) }
    #expect(error?.code == .invalidArgument && error?.programName == "count")
    let negative = #expect(throws: BPFError.self) { try program.run(data: packet, repetitions: -1) }
    #expect(negative?.code == .invalidArgument)
  }

  @Test("A syscall program reads and writes its arguments", .kernel(since: "5.14"))
  func arguments() throws {
    let program = try #require(try ObjectFixture.object("system_call").load().programs["add"])
    let words: [UInt64] = [40, 2, 0, 0]
    let run = try program.run(context: words.flatMap(\.bytes))
    #expect(run.context == [40, 2, 42, 0].flatMap { (word: UInt64) in word.bytes })
    #expect(run.returnValue == 0 && run.data.isEmpty)
    let twice = #expect(throws: BPFError.self) {
      try program.run(context: words.flatMap(\.bytes), repetitions: 2)
    }
    #expect(twice?.code == .invalidArgument)
  }

  @Test("Counts runs while statistics are enabled")
  func statistics() throws {
    let program = try Self.counter()
    let statistics = try Program.RunTimeStatistics()
    _ = try program.run(data: LoadingTests.packet, repetitions: 10)
    withExtendedLifetime(statistics) {}
    let info = try program.info()
    #expect(info.runCount == 10)
    #expect(info.runTime > .zero)
  }

  @Test("Keeps the verifier log on request")
  func log() throws {
    let file = try ObjectFixture.object("counter")
    let verbose = try file.load(LoadOptions(verifierLog: .instructions))
    #expect(verbose.programs["count"]?.verifierLog?.contains("processed") == true)
    #expect(try file.load().programs["count"]?.verifierLog == nil)
  }
}

@Suite("Rejected test runs", .kernel, .sources)
struct RunRefusalTests {
  @Test("Names an offline CPU")
  func missingCPU() throws {
    let object = try ObjectFixture.object(
      source: """
        __attribute__((section("raw_tp/sys_enter"), used)) int run(void *c) { return 0; }
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """
    ).load()
    let program = try object.program("run")
    let missing = #expect(throws: BPFError.self) { try program.run(flags: .onCPU, cpu: 99) }
    #expect(missing?.code == .notFound && missing?.errno == .noSuchAddressOrDevice)
    #expect(missing?.explanation.hasPrefix("CPU 99 is not online") == true)
    let unflagged = #expect(throws: BPFError.self) { try program.run(cpu: 1) }
    #expect(unflagged?.code == .invalidArgument && unflagged?.explanation.contains(".onCPU") == true)
  }
}
