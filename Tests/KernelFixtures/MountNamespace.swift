//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Mounts of a script's own: no other process sees them, and they go when the script ends.
package enum MountNamespace {
  /// The command that runs a script of bash with mounts of its own.
  ///
  /// - Parameter arguments: `$0`, `$1` and so on of the script.
  package static func command(_ script: String, _ arguments: [String] = []) -> [String] {
    ["unshare", "--mount", "--propagation", "private", "bash", "-c", script] + arguments
  }

  /// Runs a script of bash with mounts of its own, and waits until it ends.
  ///
  /// - Parameter arguments: `$0`, `$1` and so on of the script.
  package static func run(
    _ script: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws(FixtureError) -> Command {
    let words = command(script, arguments)
    return try Command.run(words[0], Array(words.dropFirst()), environment: environment)
  }
}
