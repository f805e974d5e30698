//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A compiler that is run as a process of its own.
struct CompilerProcess {
  let path: String
  /// The folder it runs in.
  let folder: URL

  /// What a compiler wrote, and how it ended.
  struct Outcome {
    var output: String
    var messages: String
    var status: Int32
  }

  /// Runs the compiler.
  ///
  /// - Parameter input: its standard input.
  /// - Throws: `GeneratorError` if it cannot be run.
  func run(_ arguments: [String], input: String = "") throws -> Outcome {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw GeneratorError(
        "there is no executable file '\(path)': install the Swift toolchain from swift.org, which has it")
    }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // A compiler that crashes says why in its first lines. The backtrace takes seconds.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    let files = try (0..<3).map { try scratch($0, input: $0 == 0 ? input : "") }
    (process.standardInput, process.standardOutput, process.standardError) = (files[0], files[1], files[2])
    do { try process.run() } catch { throw GeneratorError("cannot run '\(path)': \(error)") }
    process.waitUntilExit()
    return Outcome(
      output: try text(1), messages: try text(2),
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    )
  }

  private func scratch(_ number: Int, input: String) throws -> FileHandle {
    let file = folder.appending(path: "stream.\(number)")
    try Data(input.utf8).write(to: file)
    return number == 0 ? try FileHandle(forReadingFrom: file) : try FileHandle(forWritingTo: file)
  }

  private func text(_ number: Int) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: "stream.\(number)")), as: UTF8.self)
  }
}
