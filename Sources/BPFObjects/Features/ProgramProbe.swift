//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The smallest program of a type, with which a probe asks the verifier.
struct ProgramProbe {
  let type: ProgramType
  private var load: BPFCommand.ProgramLoad

  /// Creates the probe of a type.
  ///
  /// - Parameters:
  ///   - type: the program type.
  ///   - attachType: the attach type; nil for the type's usual one.
  /// - Returns: Nil if the kernel lacks the function, tracepoint or interface that such a program attaches to.
  /// - Throws: `BPFError` if the kernel's types are needed and cannot be read.
  init?(_ type: ProgramType, for attachType: AttachType? = nil) throws(BPFError) {
    let attachType = attachType ?? type.probedAttachType
    self.type = type
    load = BPFCommand.ProgramLoad(type: type.rawValue)
    load.expectedAttachType = attachType?.rawValue ?? 0
    // Kernels before Linux 5.0 compare the version of a kprobe with their own.
    if type == .kprobe, KernelRelease.isOlder(than: "5.0") {
      load.kernelVersion = try KernelVersion.running().code
    }
    if type == .syscall { load.flags = ProgramFlags.sleepable.rawValue }
    (load.license, load.logLevel) = ("GPL", 1)
    guard let target = type.probeTarget(for: attachType) else { return }
    let found = try KernelTypes.needed(for: "probes of \(type) programs") { () throws(BPFError) in
      try KernelTypes.vmlinux().find(target.kind, named: target.name)
    }
    guard let found else { return nil }
    load.attachBTFTypeID = UInt32(found.id)
    if let member = target.member {
      guard let index = found.members.map(\.name).firstIndex(of: member) else { return nil }
      load.expectedAttachType = UInt32(index)
    }
  }

  /// The verifier's answer to a program.
  struct Answer {
    /// The error; nil if the kernel loaded the program.
    var errno: Errno?
    /// The verifier log; empty if the kernel rejected the program before it was verified.
    var log: String
  }

  /// Loads a program, and closes it again. `BPF_PROG_LOAD`.
  func answer(to instructions: [Instruction]) -> Answer {
    var load = load
    load.instructions = instructions.map(\.encoded)
    var log = BPFCommand.ProgramLog()
    do throws(Errno) {
      _ = try BPFCommand.programLoad(load, logSize: 4096, log: &log)
      return Answer(errno: nil, log: log.text)
    } catch {
      return Answer(errno: error, log: log.text)
    }
  }

  /// Returns the error of a probe that got no answer.
  func failure(_ answer: Answer, probing feature: String) -> BPFError {
    let errno = answer.errno ?? .invalidArgument
    let cause =
      errno == .notPermitted
      ? Privilege.refusal(of: "probing for this", needing: type.capabilities)
        ?? KernelSupport.running.memoryLimitAdvice ?? "the kernel does not let this process try"
      : answer.log.split(separator: "\n").first.map { "the verifier says '\($0)'" } ?? ""
    return BPFError(
      .probe, errno.unansweredCode, errno: errno,
      "cannot tell whether the kernel has \(feature)" + (cause.isEmpty ? "" : ": \(cause)"))
  }
}

// MARK: - Targets

extension ProgramType {
  /// The attach type of the smallest program, for types that have to name one.
  fileprivate var probedAttachType: AttachType? {
    switch self {
    case .cgroupSock: .cgroupInetSockCreate
    case .cgroupSockAddr: .cgroupInet4Connect
    case .cgroupSockopt: .cgroupGetsockopt
    case .skLookup: .skLookup
    case .netfilter: .netfilter
    case .tracing: .traceRawTP
    case .lsm: .lsmMAC
    default: nil
    }
  }

  fileprivate typealias Target = (kind: BTFKind, name: String, member: String?)

  /// Returns the type in vmlinux that the smallest program attaches to; nil for types without such a target.
  fileprivate func probeTarget(for attachType: AttachType?) -> Target? {
    switch self {
    case .tracing:
      switch attachType {
      case .traceRawTP: (.typedef, "btf_trace_sched_switch", nil)
      case .traceIter: (.function, "bpf_iter_task", nil)
      case .modifyReturn: (.function, "security_file_open", nil)
      default: (.function, "bpf_fentry_test1", nil)
      }
    case .lsm: (.function, attachType == .lsmCgroup ? "bpf_lsm_socket_bind" : "bpf_lsm_file_open", nil)
    case .structOps: (.structure, "tcp_congestion_ops", "ssthresh")
    default: nil
    }
  }
}
