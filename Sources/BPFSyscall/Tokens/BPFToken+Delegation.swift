//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

extension BPFToken {
  /// The operations that a token delegates: one bit for each number of an enumeration of the kernel.
  public struct Delegation: Hashable, Sendable {
    /// The commands of bpf(2): `enum bpf_cmd`. The mount option `delegate_cmds`.
    public let commands: UInt64
    /// The map types: `enum bpf_map_type`. The mount option `delegate_maps`.
    public let mapTypes: UInt64
    /// The program types: `enum bpf_prog_type`. The mount option `delegate_progs`.
    public let programTypes: UInt64
    /// The attach types: `enum bpf_attach_type`. The mount option `delegate_attachs`.
    public let attachTypes: UInt64

    /// Parses the text of /proc/self/fdinfo; nil if it is not a token's.
    package init?(_ text: String) {
      let bits = { (name: String) -> UInt64? in
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":\t") }) else {
          return nil
        }
        let value = line.dropFirst(name.utf8.count + 2)
        return value == "any" ? .max : UInt64(value.dropFirst(2), radix: 16)
      }
      guard let commands = bits("allowed_cmds"), let maps = bits("allowed_maps"),
        let programs = bits("allowed_progs"), let attachments = bits("allowed_attachs")
      else { return nil }
      (self.commands, mapTypes, programTypes, attachTypes) = (commands, maps, programs, attachments)
    }
  }

  /// Returns what the token delegates.
  ///
  /// System calls: those to read /proc/self/fdinfo. Linux 6.9.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` without /proc.
  public func delegation() throws(BPFError) -> Delegation {
    let file = FilePath("/proc/self/fdinfo/\(borrowed.rawValue)")
    let consequence = "it is unknown what the token delegates"
    do throws(Errno) {
      if let delegation = Delegation(try KernelFile.read(file)) { return delegation }
    } catch {
      throw KernelFile.failure(.info, reading: file, error, .unknown, consequence)
    }
    throw BPFError(.info, .malformed, "\(consequence): \(file) has another form")
  }
}

// MARK: - Refused requests

extension BPFToken {
  /// A permission that a request needs from a token.
  package struct Need: Sendable {
    /// The number of the command, map type, program type or attach type.
    let number: UInt32
    /// The number's name in the mount option.
    let name: String
    let bits: @Sendable (Delegation) -> UInt64
    let option: String

    package static func mapCreation(ofType number: UInt32, _ name: String) -> [Need] {
      [command(0, "map_create"), Need(number: number, name: name, bits: \.mapTypes, option: "delegate_maps")]
    }

    /// - Parameter attachType: the expected attach type of the request, 0 for none.
    package static func programLoad(
      ofType number: UInt32, _ name: String, attachType: UInt32, _ attachName: String
    ) -> [Need] {
      [
        command(5, "prog_load"),
        Need(number: number, name: name, bits: \.programTypes, option: "delegate_progs"),
        Need(number: attachType, name: attachName, bits: \.attachTypes, option: "delegate_attachs"),
      ]
    }

    package static let btfLoad = [command(18, "btf_load")]

    private static func command(_ number: UInt32, _ name: String) -> Need {
      Need(number: number, name: name, bits: \.commands, option: "delegate_cmds")
    }
  }

  /// Explains why the kernel rejects a request (`EPERM`): names what the token does not delegate, or the capabilities
  /// that the process lacks. Nil if neither is the cause.
  ///
  /// - Parameters:
  ///   - action: the rejected action, such as `creating hash maps`.
  ///   - token: the token of the request, if any.
  ///   - needs: what the request needs from a token.
  ///   - capabilities: the capabilities that the action needs.
  package static func refusal(
    of action: String, with token: BPFToken?, _ needs: [Need], needing capabilities: [Capability]
  ) -> String? {
    if let token { return token.refusal(of: action, needs, needing: capabilities) }
    let missing = Privilege.refusal(of: action, needing: capabilities)
    guard UserNamespace.isInitial == false, !KernelRelease.isOlder(than: "6.9") else { return missing }
    return missing.map { "\($0); a BPF token can delegate it" }
  }

  private func refusal(of action: String, _ needs: [Need], needing capabilities: [Capability]) -> String {
    let required = Privilege.named(capabilities).map(\.name).joined(separator: " and ")
    guard let delegation = try? delegation() else {
      return
        "the token does not delegate \(action), or this process lacks \(required) in the token's user namespace"
    }
    let missing = needs.filter { need in need.number > 63 || need.bits(delegation) & 1 << need.number == 0 }
    guard missing.isEmpty else {
      let options = missing.map { "\($0.option)=\($0.name)" }.joined(separator: " and ")
      return
        "the token does not delegate \(action): its BPF file system is mounted without \(options); without a token, "
        + "this needs \(required) in the initial user namespace"
    }
    return
      "the token delegates \(action), but not to this process: it needs \(required) in the token's user namespace"
  }
}
