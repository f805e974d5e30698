//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

/// Errors for capabilities that are missing, or that have no effect in a user namespace.
@Suite("bpfmap without capabilities", .kernel)
struct MissingCapabilityTests {
  private static let hash = [
    "create", "--type", "hash", "--key-size", "4", "--value-size", "4", "--max-entries", "1",
  ]

  /// Runs the tool as root of a user namespace, with all capabilities in that namespace.
  private func inUserNamespace(_ words: [String]) throws -> Command {
    try Command.run("unshare", ["--user", "--map-root-user", Tool.path] + words)
  }

  /// Runs the tool as root with only the given capabilities.
  private func with(_ capabilities: String, _ words: [String]) throws -> Command {
    let list = "-all" + capabilities
    return try Command.run("setpriv", ["--bounding-set=\(list)", "--inh-caps=\(list)", Tool.path] + words)
  }

  @Test("In a user namespace, the error names the capability, and no memory limit or security policy")
  func userNamespace() throws {
    for (words, capability) in [
      (Self.hash + ["--pin", "/sys/fs/bpf/\(UniqueName.next())"], "CAP_BPF"), (["list"], "CAP_SYS_ADMIN"),
      (["show", "id", "1"], "CAP_SYS_ADMIN"), (["top", "--duration", "1"], "CAP_"),
    ] {
      let command = try inUserNamespace(words)
      #expect(command.status == 1, "\(words)")
      #expect(
        command.standardError.contains("\(capability)")
          && command.standardError.contains("initial user namespace"),
        "\(words): \(command.standardError)")
      for wrong in ["RLIMIT_MEMLOCK", "security policy"] {
        #expect(!command.standardError.contains(wrong), "\(words): \(command.standardError)")
      }
    }
  }

  @Test("The error of top with only CAP_BPF names CAP_PERFMON")
  func top() throws {
    let command = try with(",+bpf", ["top", "--duration", "1"])
    #expect(command.status == 1)
    #expect(
      command.standardError.contains("needs CAP_PERFMON, which this process lacks"),
      "\(command.standardError)")
    let none = try with("", ["top", "--duration", "1"])
    #expect(none.status == 1 && none.standardError.contains("CAP_BPF"), "\(none.standardError)")
  }
}
