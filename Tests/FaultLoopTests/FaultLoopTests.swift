//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Testing

/// Fails every system call of the main use of each part, once with each possible error, on cold caches. The library
/// must report or tolerate the failure, leave nothing behind, and succeed when used again, so that no failure is
/// cached.
@Suite("Every system call fails once", .kernel, .serialized, .notSanitized(.makesSystemCalls))
struct FaultLoopTests {
  /// The path of the program, which is beside the test bundle.
  private static let path: String = {
    let directories =
      [Bundle.main.executableURL?.deletingLastPathComponent(), Bundle.main.bundleURL]
      .compactMap { $0 } + [Bundle.main.bundleURL.deletingLastPathComponent()]
    let candidates = directories.map { $0.appendingPathComponent("FaultLoop").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "FaultLoop"
  }()

  private static let programs = FixtureObjects.package.appending("Tests/FaultLoop/Programs")

  @Test(
    "Survives every failure in a scenario",
    arguments: ["maps", "typed-maps", "objects", "kernel", "symbols", "links", "network-links", "events"])
  func scenario(name: String) throws {
    try withTemporaryDirectory { objects in
      for program in ["objects", "kernel", "symbols", "links", "events"] {
        try Toolchain.compile(
          file: Self.programs.appending("\(program).bpf.c"), to: objects.appending("\(program).bpf.o"),
          includePaths: [FixtureObjects.package.appending("Headers")])
      }
      try withBPFFileSystem { root in
        // The kernel may have put files into the root.
        let pins = root.appending("pins")
        try FileManager.default.createDirectory(atPath: pins.string, withIntermediateDirectories: false)
        let command = try Command.run(
          Self.path, [name, pins.string, objects.string], timeLimit: .seconds(300))
        #expect(command.status == 0, "\(command.standardOutput)\(command.standardError)")
        #expect(command.standardOutput.hasPrefix("\(name): "), "\(command.standardOutput)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: pins.string).isEmpty)
      }
    }
  }
}
