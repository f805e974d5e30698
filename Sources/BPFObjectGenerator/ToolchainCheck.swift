//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import Foundation

/// Checks whether a toolchain compiles kernel modules, with a tiny one that imports nothing.
struct ToolchainCheck {
  let swiftc: String
  let clang: String

  private static let source = """
    nonisolated(unsafe) var sum: UInt64 = 0
    @section("xdp") func pass(_ context: UnsafeRawPointer) -> Int32 {
      sum += 3
      return 2
    }
    """

  /// Returns the toolchain's version.
  ///
  /// - Throws: `GeneratorError` with what does not work, and the versions that do.
  func run() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "swift-bpf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let version = try version(in: folder)
    let source = folder.appending(path: "Check.swift")
    try Data(Self.source.utf8).write(to: source)
    let (object, swift) = (folder.appending(path: "Check.o"), folder.appending(path: "Check.accessors"))
    let arguments = try KernelModuleArguments([
      "--module", "CheckKernel", "--folder", folder.path, "--source", source.path, "--swiftc", swiftc,
      "--clang", clang,
      "--object", object.path, "--swift", swift.path, "--cache", folder.appending(path: "cache").path,
    ])
    do {
      try KernelModuleCompiler.run(arguments)
    } catch {
      throw problem("\(error)", version)
    }
    let text = try String(contentsOf: swift, encoding: .utf8)
    guard text.contains("var pass: BPF.Program"), text.contains("var sum: Swift.UInt64") else {
      throw problem("the object lacks the program or the variable of the module", version)
    }
    guard text.contains("\"Check.swift\", line: 3, reason: \"arithmetic overflow\"") else {
      throw problem("the place of the trap in the module is not found", version)
    }
    return version
  }

  private func version(in folder: URL) throws -> String {
    let outcome = try CompilerProcess(path: swiftc, folder: folder).run(["--version"])
    let text = outcome.output + outcome.messages
    guard let match = text.firstMatch(of: /Swift version ([0-9.]+)/) else {
      throw GeneratorError("'\(swiftc)' is not a Swift compiler: \(text)")
    }
    return String(match.1)
  }

  private func problem(_ reason: String, _ version: String) -> GeneratorError {
    let tested = KernelToolchain.testedVersions.joined(separator: ", ")
    return GeneratorError(
      "Swift \(version) (\(swiftc)) cannot compile kernel modules, which were tested with Swift \(tested): \(reason)"
    )
  }
}
