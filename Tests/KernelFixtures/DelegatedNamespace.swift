//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

/// A user and mount namespace with a BPF file system that delegates to it, as a container manager makes one. It exists
/// while its process runs, which ends with the last reference.
package final class DelegatedNamespace: Sendable {
  private let process: Int32

  /// - Parameters:
  ///   - directory: the mount point of the file system, an existing directory.
  ///   - commands: the values of `delegate_cmds`, joined by colons; nil to leave the option out. The same applies to
  ///     the other parameters.
  package init(
    mountingAt directory: FilePath, commands: String?, maps: String? = nil, programs: String? = nil,
    attachments: String? = nil
  ) throws(FixtureError) {
    let result = kf_delegation(directory.string, commands, maps, programs, attachments)
    process = try check(result, "delegate to a user namespace")
  }

  deinit { _ = kf_child_end(process) }

  /// Runs a program as root of the namespace, with all capabilities there and none in the initial one.
  package func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws(FixtureError) -> Command {
    let words = ["--user", "--mount", "--target", "\(process)", program] + arguments
    return try withExtendedLifetime(self) { () throws(FixtureError) in
      try Command.run("nsenter", words, environment: environment)
    }
  }
}
