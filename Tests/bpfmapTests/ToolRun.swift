//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures

/// Runs the tool as another process.
enum Tool {
  /// The path of the tool, which is built next to the test bundle. `.ci/session` names another build of it.
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["SWIFT_BPF_TOOL"] { return path }
    let directories =
      [Bundle.main.executableURL?.deletingLastPathComponent(), Bundle.main.bundleURL]
      .compactMap { $0 } + [Bundle.main.bundleURL.deletingLastPathComponent()]
    let candidates = directories.map { $0.appendingPathComponent("bpfmap").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "bpfmap"
  }()

  static func run(_ arguments: String...) throws -> Command {
    try Command.run(path, arguments)
  }

  /// Runs a command line, with its arguments separated by spaces.
  static func run(line: String) throws -> Command {
    try Command.run(path, line.split(separator: " ").map(String.init))
  }

  /// Runs a bash script in a private mount namespace. The tool is `$0`, and `arguments` are `$1` and so on.
  static func runScript(_ script: String, _ arguments: String...) throws -> Command {
    try MountNamespace.run(script, [path] + arguments)
  }

  /// Runs a command with `--json`, which must succeed, and returns its output.
  static func json(_ line: String) throws -> JSON {
    let command = try run(line: line + " --json")
    guard command.status == 0 else { throw UnexpectedStatus(line: line, command: command) }
    return try JSON(parsing: command.standardOutput)
  }

  /// Runs a command that must succeed, and returns its output.
  @discardableResult
  static func succeed(_ line: String) throws -> String {
    let command = try run(line: line)
    guard command.status == 0 else { throw UnexpectedStatus(line: line, command: command) }
    return command.standardOutput
  }

  struct UnexpectedStatus: Error, CustomStringConvertible {
    let line: String
    let command: Command
    var description: String {
      "bpfmap \(line): status \(command.status)\n\(command.standardOutput)\(command.standardError)"
    }
  }
}
