//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// bpftool, the kernel project's tool, as an independent reader and creator of maps.
package enum Bpftool {
  package static let isInstalled = path != nil

  /// The path of bpftool. Debian installs it in a folder that only root's `PATH` has.
  package static let path = [
    "/usr/sbin/bpftool", "/usr/local/sbin/bpftool", "/usr/bin/bpftool", "/sbin/bpftool",
  ]
  .first { (candidate: String) in access(candidate, X_OK) == 0 }

  /// Whether bpftool finds the kernel's configuration. Its libbpf 1.1 does not look beside the modules, where Debian has it
  /// since Linux 7.
  package static let findsKconfig = ["/boot/config-\(KernelRelease.runningText)", "/proc/config.gz"]
    .contains { (candidate: String) in access(candidate, R_OK) == 0 }

  /// Runs `bpftool --json` with `arguments`. Returns its output, or `null` if it wrote nothing.
  @discardableResult
  package static func run(_ arguments: String...) throws -> JSON {
    guard let path else {
      throw FixtureError(operation: "find bpftool", errno: .noSuchFileOrDirectory)
    }
    let command = try Command.run(path, ["--json"] + arguments)
    let text = command.standardOutput
    let answer = text.allSatisfy { $0.isWhitespace } ? JSON.null : try JSON(parsing: text)
    guard command.status == 0 else {
      throw Failure(arguments: arguments, message: answer["error"].string ?? text + command.standardError)
    }
    return answer
  }

  /// Returns bpftool's text output for `arguments`, for commands without JSON output.
  package static func text(_ arguments: String...) throws -> String {
    guard let path else {
      throw FixtureError(operation: "find bpftool", errno: .noSuchFileOrDirectory)
    }
    let command = try Command.run(path, arguments)
    guard command.status == 0 else { throw Failure(arguments: arguments, message: command.standardError) }
    return command.standardOutput
  }

  /// Returns the debug messages of bpftool's libbpf for `arguments`, whether or not the command succeeds.
  package static func diagnostics(_ arguments: String...) throws -> String {
    guard let path else {
      throw FixtureError(operation: "find bpftool", errno: .noSuchFileOrDirectory)
    }
    return try Command.run(path, ["--debug"] + arguments).standardError
  }

  /// An error that bpftool reported.
  package struct Failure: Error, CustomStringConvertible {
    package let arguments: [String]
    package let message: String
    package var description: String { "bpftool \(arguments.joined(separator: " ")): \(message)" }
  }
}

// MARK: - Objects

extension Bpftool {
  /// Loads the programs of `object` and pins them in a folder at `path`.
  package static func loadAll(_ object: FilePath, at path: FilePath) throws {
    do {
      _ = try text("prog", "loadall", object.string, path.string)
    } catch let failure as Failure {
      // bpftool loads no programs of sections with a `?`, but tries to pin them nevertheless.
      guard failure.message.contains("can't pin program that wasn't loaded") else { throw failure }
    }
  }
}
