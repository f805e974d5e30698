//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures

/// One run of the built tool, as a person or a script runs it.
enum Tool {
  /// The tool stands beside the test bundle.
  static let path: String = {
    let directories =
      [Bundle.main.executableURL?.deletingLastPathComponent(), Bundle.main.bundleURL]
      .compactMap { $0 } + [Bundle.main.bundleURL.deletingLastPathComponent()]
    let candidates = directories.map { $0.appendingPathComponent("bpfmap").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "bpfmap"
  }()

  static func run(_ arguments: String...) throws -> Command {
    try Command.run(path, arguments)
  }

  /// Runs a command line with words between blanks.
  static func run(line: String) throws -> Command {
    try Command.run(path, line.split(separator: " ").map(String.init))
  }

  /// Runs a script of bash with mounts of its own, to which the tool is `$0` and `arguments` are `$1` and so on.
  static func runScript(_ script: String, _ arguments: String...) throws -> Command {
    try MountNamespace.run(script, [path] + arguments)
  }

  /// What a command answers with `--json`; it must succeed.
  static func json(_ line: String) throws -> JSON {
    let command = try run(line: line + " --json")
    guard command.status == 0 else { throw UnexpectedStatus(line: line, command: command) }
    return try JSON(parsing: command.standardOutput)
  }

  /// Runs a command that must succeed.
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
