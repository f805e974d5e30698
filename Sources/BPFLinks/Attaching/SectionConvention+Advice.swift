//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects

extension SectionConvention {
  /// Advice for a section that does not specify a target; nil for types of programs that are not loaded without one.
  var attachAdvice: String? { attachCall.map { "name it with \($0)" } ?? otherUse }

  /// The call that attaches this section's programs to a given target.
  private var attachCall: String? {
    switch type {
    case .kprobe: probeCall
    case .tracepoint: "attach(toTracepoint:category:)"
    case .rawTracepoint, .rawTracepointWritable: "attach(toRawTracepoint:)"
    case .perfEvent: "attach(toPerfEvent:cpu:)"
    case .tracing where attachType.map(AttachType.manyFunctions.contains) == true: "attach(toFunctions:)"
    case .lsm where attachType == .lsmCgroup: "attach(toCgroup:)"
    case .cgroupSKB, .cgroupSock, .cgroupSockAddr, .cgroupSockopt, .cgroupSysctl, .cgroupDevice, .sockOps:
      "attach(toCgroup:)"
    case .schedCLS where attachType == .netkitPrimary || attachType == .netkitPeer:
      "attach(toNetkit:peer:)"
    case .schedCLS: "attach(toTCXOf:_:) or attach(toClsactOf:_:)"
    case .xdp where attachType != .xdpDevmap && attachType != .xdpCpumap: "attach(toXDPOf:)"
    case .netfilter: "attach(toNetfilter:)"
    case .flowDissector, .skLookup: "attach(toNetworkNamespace:)"
    case .socketFilter: "attach(toSocket:)"
    case .skReuseport: "attach(toReuseportGroupOf:)"
    case .skSKB, .skMsg: "attach(toSocketMap:)"
    default: nil
    }
  }

  private var probeCall: String {
    switch attachType {
    case .traceKprobeMulti, .traceKprobeSession: "attach(toKprobes:)"
    case .traceUprobeMulti, .traceUprobeSession: "attach(toUprobes:of:)"
    default:
      if traits.contains(.usdtProbe) {
        "attach(toUSDT:provider:of:)"
      } else if name.hasPrefix("ks") || name.hasPrefix("kretsys") {
        "attach(toKernelSystemCall:)"
      } else {
        name.hasPrefix("u") ? "attach(toUprobe:of:)" : "attach(toKprobe:)"
      }
    }
  }

  /// The use of programs that are not attached, or that others attach.
  private var otherUse: String? {
    switch type {
    case .xdp where attachType == .xdpDevmap:
      "put the program into a DevMap or DevMapHash, together with a device"
    case .xdp: "put the program into a CPUMap, together with a queue size"
    case .structOps: "attach its map with Object.attachStructOps(_:)"
    case .syscall: "run the program with run(context:)"
    case .schedACT: "tc(8) attaches actions to filters"
    case .lwtIn, .lwtOut, .lwtXmit, .lwtSeg6Local: "ip-route(8) attaches the program to a route"
    case .lircMode2: "ir-keytable(1) attaches the program to an infrared receiver"
    default: nil
    }
  }
}
