//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension ProgramType {
  /// The capabilities that loading and running programs of this type require since Linux 5.8. `CAP_SYS_ADMIN` includes
  /// all of them, as before 5.8. `is_perfmon_prog_type` and `is_net_admin_prog_type` of the kernel.
  package var capabilities: [Capability] {
    switch self {
    case .kprobe, .tracepoint, .perfEvent, .rawTracepoint, .rawTracepointWritable, .tracing, .lsm, .structOps:
      [.bpf, .perfmon]
    case .ext: [.bpf, .netAdmin, .perfmon]
    case .socketFilter, .cgroupSKB, .skReuseport, .skLookup, .syscall, .lircMode2: [.bpf]
    default: isKnown ? [.bpf, .netAdmin] : [.bpf]
    }
  }

  /// The capabilities that attaching programs of this type requires, where the kernel checks any.
  ///
  /// Linux 6.18 requires `CAP_NET_ADMIN` for control groups if the type is `cgroup_skb`, and for rtnetlink(7), and
  /// `CAP_PERFMON` or `CAP_SYS_ADMIN` for perf_event_open(2). Links and `BPF_PROG_ATTACH` require no other capability,
  /// only the program's descriptor. Before Linux 5.19 all of bpf(2) may require `CAP_BPF`
  /// (kernel.unprivileged_bpf_disabled).
  package var attachCapabilities: [Capability] {
    let beyondBPF = self == .cgroupSKB ? [.netAdmin] : capabilities.filter { $0 != .bpf }
    return beyondBPF.isEmpty || KernelRelease.isOlder(than: "5.19") ? [.bpf] + beyondBPF : beyondBPF
  }

  private var isKnown: Bool { ProgramType.allKnown.contains(self) }
}
