//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// A privilege of capabilities(7) that bpf(2) asks for.
package enum Capability: Int, CaseIterable, Sendable {
  case netAdmin = 12
  case sysAdmin = 21
  case bpf = 39

  /// The kernel's name.
  package var name: String {
    switch self {
    case .netAdmin: "CAP_NET_ADMIN"
    case .sysAdmin: "CAP_SYS_ADMIN"
    case .bpf: "CAP_BPF"
    }
  }

  /// Whether this thread has it, by /proc/thread-self/status; nil if that cannot be read.
  package var isEffective: Bool? {
    guard let status = try? KernelFile.read("/proc/thread-self/status") else { return nil }
    return Capability.effectiveSet(in: status).map { $0 & (1 << UInt64(rawValue)) != 0 }
  }

  static func effectiveSet(in status: String) -> UInt64? {
    for line in status.split(separator: "\n") where line.hasPrefix("CapEff:") {
      return UInt64(line.dropFirst("CapEff:".count).filter { !$0.isWhitespace }, radix: 16)
    }
    return nil
  }
}
