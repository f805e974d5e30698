//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF

/// A capability, capabilities(7), that bpf(2) may require.
package enum Capability: Int, CaseIterable, Sendable {
  case netAdmin = 12
  case sysAdmin = 21
  case perfmon = 38
  case bpf = 39

  /// The kernel's name.
  package var name: String {
    switch self {
    case .netAdmin: "CAP_NET_ADMIN"
    case .sysAdmin: "CAP_SYS_ADMIN"
    case .perfmon: "CAP_PERFMON"
    case .bpf: "CAP_BPF"
    }
  }

  /// Whether the thread has the capability in its own user namespace: see ``UserNamespace``. Nil if the kernel does not
  /// say. capget(2), which needs no file system and no descriptor.
  package var isEffective: Bool? {
    var effective: UInt64 = 0
    guard unsafe linux_effective_capabilities(&effective) == 0 else { return nil }
    return effective & (1 << UInt64(rawValue)) != 0
  }
}
