//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import SystemPackage

/// The modules that were built with these tests, for sources that import them.
struct BuiltModules {
  private let directory: URL

  /// The modules beside the test executable, or `nil` if it was copied elsewhere.
  static var ofTheseTests: BuiltModules? {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let directory = executable.deletingLastPathComponent()
    let module = directory.appending(path: "Modules/BPF.swiftmodule")
    return FileManager.default.fileExists(atPath: module.path(percentEncoded: false))
      ? BuiltModules(directory: directory) : nil
  }

  /// Runs the generator of the build plugin.
  func generate(_ arguments: [String]) throws -> Command {
    try Command.run(directory.appending(path: "BPFObjectGenerator").path(percentEncoded: false), arguments)
  }

  func write(_ source: String, to path: FilePath) throws {
    try Data(source.utf8).write(to: URL(filePath: path.string))
  }

  /// Type-checks sources as one module, with all warnings and all optional rules for targets. Returns the diagnostics.
  func diagnostics(of sources: [FilePath]) throws -> String {
    let build = directory.deletingLastPathComponent().deletingLastPathComponent()
    let maps = [
      directory.appending(path: "CLinuxBPF.build/module.modulemap"),
      build.appending(path: "checkouts/swift-system/Sources/CSystem/include/module.modulemap"),
    ]
    let features = ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"]
    let result = try Command.run(
      "/usr/bin/env",
      ["swiftc", "-typecheck", "-swift-version", "6", "-strict-memory-safety", "-module-name", "Generated"]
        + features.flatMap { ["-enable-upcoming-feature", $0] }
        + ["-I", directory.appending(path: "Modules").path(percentEncoded: false)]
        + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0.path(percentEncoded: false))"] }
        + sources.map(\.string))
    return result.standardOutput + result.standardError
      + (result.status == 0 ? "" : "swiftc ended with status \(result.status)")
  }
}
