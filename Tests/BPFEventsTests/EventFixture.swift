//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// The C sources beside these tests, compiled by the toolchain's clang when a test asks for them, and loaded.
enum EventFixture {
  private static let directory = FilePath("\(#filePath)").removingLastComponent().appending("Fixtures")
  private static let package = directory.removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The object that the source `name.bpf.c` becomes, read; compiled once for all tests.
  static func object(_ name: String) throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try Toolchain.compile(
        file: Self.directory.appending("\(name).bpf.c"), to: object,
        includePaths: [package.appending("Headers")])
      return try ObjectFile(object)
    }
  }
}

/// What a program of `records.bpf.c` sends.
struct Event: BitwiseCopyable {
  var number: UInt64
  var rest: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
}

/// The programs of `records.bpf.c`, and their maps.
struct Records: Sendable {
  let object: Object
  let events: MapHandle
  let others: MapHandle

  private static let file = Result { try EventFixture.object("records") }

  /// - Parameters:
  ///   - ringSize: bytes of each ring.
  ///   - isOverwriting: whether the first ring gives up its oldest records.
  init(ringSize: Int = 4096, isOverwriting: Bool = false) throws {
    var file = try Self.file.get()
    if isOverwriting { file.maps["events"]?.flags.insert(.ringBufferOverwrite) }
    file.maps["events"]?.maxEntries = ringSize
    file.maps["others"]?.maxEntries = ringSize
    object = try file.load()
    events = try #require(object.maps["events"])
    others = try #require(object.maps["others"])
  }

  /// Which way records are sent.
  enum Way: String {
    case send, sendToBoth = "send_to_both", sendAndDiscard = "send_and_discard", sendSizes = "send_sizes"
  }

  /// How who waits for records is told of them.
  enum WakeUp: UInt32 {
    case asNeeded = 0, never = 1, always = 2
  }

  /// Has a program send records.
  func send(_ count: Int, _ way: Way = .send, wakeUp: WakeUp = .asNeeded) throws {
    let program = try #require(object.programs[way.rawValue])
    _ = try program.run(context: UInt32(count).bytes + wakeUp.rawValue.bytes)
  }

  /// How many records found no room.
  var dropped: UInt64 { get throws { try object.variable("dropped", as: UInt64.self) } }
}
