//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension ProgramType {
  /// The capabilities that loading, and running, programs of this type takes since Linux 5.8. `CAP_SYS_ADMIN` stands for
  /// all of them, as it did before. `is_perfmon_prog_type` and `is_net_admin_prog_type` of the kernel.
  package var capabilities: [Capability] {
    switch self {
    case .kprobe, .tracepoint, .perfEvent, .rawTracepoint, .rawTracepointWritable, .tracing, .lsm, .structOps:
      [.bpf, .perfmon]
    case .ext: [.bpf, .netAdmin, .perfmon]
    case .socketFilter, .cgroupSKB, .skReuseport, .skLookup, .syscall, .lircMode2: [.bpf]
    default: isKnown ? [.bpf, .netAdmin] : [.bpf]
    }
  }

  private var isKnown: Bool { ProgramType.allKnown.contains(self) }
}
