//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// The C sources in this folder, compiled with the toolchain's clang on demand, and loaded.
enum EventFixture {
  private static let directory = FilePath("\(#filePath)").removingLastComponent().appending("Fixtures")
  private static let package = directory.removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// Returns the object file of the source `name.bpf.c`.
  static func object(_ name: String, definitions: [String] = FixtureObjects.lacks) throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try Toolchain.compile(
        file: Self.directory.appending("\(name).bpf.c"), to: object,
        includePaths: [package.appending("Headers")],
        definitions: definitions)
      return try ObjectFile(object)
    }
  }

  /// Splits `count` repetitions into runs of at most as many as a program does at once (`MOST_AT_ONCE`).
  static func inRuns(_ count: Int, _ run: (Int) throws -> Void) rethrows {
    let most = 96
    for done in stride(from: 0, to: count, by: most) { try run(min(most, count - done)) }
  }
}

/// A record of the programs in `records.bpf.c`.
struct Event: BitwiseCopyable {
  var number: UInt64
  var rest: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
}

/// The programs in `records.bpf.c`, and their maps.
struct Records: Sendable {
  let object: Object
  let events: MapHandle
  let others: MapHandle

  private static let file = Result { try EventFixture.object("records") }

  /// - Parameters:
  ///   - ringSize: the size of each ring in bytes.
  ///   - isOverwriting: whether the first ring overwrites its oldest records.
  init(ringSize: Int = pageSize, isOverwriting: Bool = false) throws {
    var file = try Self.file.get()
    if isOverwriting { file.maps["events"]?.flags.insert(.ringBufferOverwrite) }
    file.maps["events"]?.maxEntries = ringSize
    file.maps["others"]?.maxEntries = ringSize
    object = try file.load()
    events = try #require(object.maps["events"])
    others = try #require(object.maps["others"])
  }

  /// The program that sends the records.
  enum Way: String {
    case send, sendToBoth = "send_to_both", sendAndDiscard = "send_and_discard", sendSizes = "send_sizes"
    case discard
  }

  /// The kernel's wake-up of a waiting reader.
  enum WakeUp: UInt32 {
    case asNeeded = 0, never = 1, always = 2
  }

  /// Sends records.
  func send(_ count: Int, _ way: Way = .send, wakeUp: WakeUp = .asNeeded) throws {
    let program = try #require(object.programs[way.rawValue])
    try EventFixture.inRuns(count) { count in
      _ = try program.run(context: UInt64(count).bytes + UInt64(wakeUp.rawValue).bytes)
    }
  }

  /// The number of dropped records.
  var dropped: UInt64 { get throws { try object.variable("dropped", as: UInt64.self) } }
}

/// The programs in `samples.bpf.c`, and their map.
struct Samples: Sendable {
  let object: Object
  let map: MapHandle

  private static let file = Result { try EventFixture.object("samples") }

  init() throws {
    object = try Self.file.get().load()
    map = try #require(object.maps["samples"])
  }

  /// Sends records on a CPU.
  func send(_ count: Int, bytes: Int = 12, cpu: Int = 0) throws {
    let program = try #require(object.programs["send"])
    try EventFixture.inRuns(count) { count in
      let arguments = UInt64(count).bytes + UInt64(bytes).bytes
      let run = try program.run(context: arguments, flags: .onCPU, cpu: cpu)
      #expect(run.returnValue == 0)
    }
  }

  /// Sends one record of any size on a CPU.
  func sendLarge(bytes: Int, cpu: Int = 0) throws {
    let program = try #require(object.programs["send_large"])
    let run = try program.run(context: UInt64(1).bytes + UInt64(bytes).bytes, flags: .onCPU, cpu: cpu)
    #expect(run.returnValue == 0)
  }

  /// The number of records that the kernel rejected, because there was no space or no buffer.
  var failed: UInt64 { get throws { try object.variable("failed", as: UInt64.self) } }
}

/// The program in `requests.bpf.c`, and its map.
struct Requests: Sendable {
  let object: Object
  let map: MapHandle

  private static let file = Result { try EventFixture.object("requests") }

  init() throws {
    object = try Self.file.get().load()
    map = try #require(object.maps["requests"])
  }

  /// Lets the program read all records, and returns their number.
  @discardableResult
  func drain() throws -> Int {
    Int(try #require(object.programs["drain"]).run(context: [0, 0, 0, 0]).signedReturnValue)
  }

  func value(_ name: String) throws -> UInt64 { try object.variable(name, as: UInt64.self) }
}

/// A generator with reproducible numbers, so that a test can be repeated.
struct RepeatableNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
