//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests the kernel's own log of a refused map.
@Suite("Logs of refused creations", .kernel)
struct CreationLogTests {
  /// Returns the error of creating an array with a `map_extra`, which arrays do not take.
  private static func refusal() -> BPFError? {
    #expect(throws: BPFError.self) {
      try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1, options: MapOptions(extra: 7))
    }
  }

  @Test("The error has the kernel's log", .kernel(since: "7.2"))
  func log() throws {
    let error = try #require(Self.refusal())
    #expect(error.log?.contains("Invalid map_extra") == true)
    #expect(error.code == .invalidArgument && error.explanation == "an array map takes no map_extra")
    let name = #expect(throws: BPFError.self) {
      try MapHandle(type: MapType(rawValue: 99), keySize: 4, valueSize: 4, maxEntries: 1)
    }
    #expect(name?.log?.contains("Invalid map_type") == true)
  }

  @Test("Refusals that the kernel does not explain have no log", .kernel(since: "7.2"))
  func noLog() throws {
    let error = #expect(throws: BPFError.self) {
      try MapHandle(type: .hash, keySize: 0, valueSize: 4, maxEntries: 1)
    }
    #expect(error?.log == nil && error?.errno == .invalidArgument)
  }

  @Test("Older kernels write no log", .kernel(before: "7.2"))
  func older() throws {
    let error = try #require(Self.refusal())
    #expect(error.log == nil && !error.explanation.isEmpty)
  }
}
