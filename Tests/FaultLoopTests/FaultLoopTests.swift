//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Testing

/// Every system call of the main use of each part fails once with every error it can have, on cold caches. The failure is
/// told or tolerated, leaves nothing behind, and the same use after it succeeds: no failure was remembered.
@Suite(
  "Every system call fails once", .kernel, .serialized,
  // A sanitizer makes system calls of its own, and takes many times as long.
  .disabled(if: ProcessInfo.processInfo.environment["SWIFT_BPF_SANITIZER"] != nil))
struct FaultLoopTests {
  /// The program stands beside the test bundle.
  private static let path: String = {
    let directories =
      [Bundle.main.executableURL?.deletingLastPathComponent(), Bundle.main.bundleURL]
      .compactMap { $0 } + [Bundle.main.bundleURL.deletingLastPathComponent()]
    let candidates = directories.map { $0.appendingPathComponent("FaultLoop").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "FaultLoop"
  }()

  private static let programs = FixtureObjects.package.appending("Tests/FaultLoop/Programs")

  @Test(
    "A scenario",
    arguments: ["maps", "typed-maps", "objects", "kernel", "symbols", "links", "network-links", "events"])
  func scenario(name: String) throws {
    try withTemporaryDirectory { objects in
      for program in ["objects", "kernel", "symbols", "links", "events"] {
        try Toolchain.compile(
          file: Self.programs.appending("\(program).bpf.c"), to: objects.appending("\(program).bpf.o"),
          includePaths: [FixtureObjects.package.appending("Headers")])
      }
      try withBPFFileSystem { root in
        // The root may have files of the kernel's own.
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
