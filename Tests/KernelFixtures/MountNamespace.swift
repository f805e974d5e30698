//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A mount namespace for a script: no other process sees its mounts, which end with the script.
package enum MountNamespace {
  /// Returns the command that runs a bash script in a mount namespace of its own.
  ///
  /// - Parameter arguments: `$0`, `$1` and so on of the script.
  package static func command(_ script: String, _ arguments: [String] = []) -> [String] {
    ["unshare", "--mount", "--propagation", "private", "bash", "-c", script] + arguments
  }

  /// Runs a bash script in a mount namespace of its own, and waits until it ends.
  ///
  /// - Parameter arguments: `$0`, `$1` and so on of the script.
  package static func run(
    _ script: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws(FixtureError) -> Command {
    let words = command(script, arguments)
    return try Command.run(words[0], Array(words.dropFirst()), environment: environment)
  }
}
