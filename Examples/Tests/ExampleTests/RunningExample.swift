//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import Testing

/// An example, or another program, that runs beside the test and writes its output to a file.
final class RunningExample {
  private let process = Process()
  private let folder: URL

  /// Starts a program: an example by its name, another program by its path.
  init(_ program: String, _ arguments: [String] = []) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["output", "errors"] {
      try Data().write(to: folder.appending(path: name))
    }
    process.executableURL =
      URL(filePath: program.hasPrefix("/") ? program : RunningExample.path(of: program))
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "output"))
    process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
    try process.run()
  }

  deinit {
    // Programs inherit the blocked signals of the thread that starts them, often including SIGTERM.
    if process.isRunning { send(SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The folder with the examples, next to the test bundle.
  private static let folder: URL = {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return executable.deletingLastPathComponent()
  }()

  /// Returns the path of an example.
  static func path(of name: String) -> String { folder.appending(path: name).path }

  var processIdentifier: Int32 { process.processIdentifier }

  /// The output so far.
  var output: String { text("output") }

  /// The error output so far.
  var errors: String { text("errors") }

  /// The lines of the output so far, split at tabs.
  var rows: [[Substring]] {
    output.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
  }

  private func text(_ name: String) -> String {
    let contents = (try? Data(contentsOf: folder.appending(path: name))) ?? Data()
    return String(decoding: contents, as: UTF8.self)
  }

  /// Waits up to a minute until a condition holds.
  func wait(until condition: (RunningExample) -> Bool, _ comment: Comment) async throws {
    for _ in 0..<600 {
      if condition(self) { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("\(comment): not within a minute:\n\(output)\(errors)")
  }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the program to end, and returns its exit status.
  func status() async throws -> Int32 {
    try await wait(until: { !$0.process.isRunning }, "the program ends")
    guard !process.isRunning else { return -1 }
    #expect(process.terminationReason == .exit)
    return process.terminationStatus
  }

  /// Runs a program that must succeed to its end, and returns its output.
  @discardableResult
  static func run(_ program: String, _ arguments: String...) async throws -> String {
    let example = try RunningExample(program, arguments)
    #expect(try await example.status() == 0, "\(program) \(arguments): \(example.errors)")
    return example.output
  }

  /// Runs a command line of bash that must succeed.
  static func shell(_ line: String) async throws { try await run("/bin/bash", "-c", line) }
}
