//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension SectionConvention {
  /// Every convention.
  package static let all = packets + sockets + controlGroups + probes + tracepoints + typed + others

  /// Packets on their way through devices, routes and filters.
  private static let packets = [
    SectionConvention("tc/ingress", .schedCLS, .tcxIngress),
    SectionConvention("tc/egress", .schedCLS, .tcxEgress),
    SectionConvention("tcx/ingress", .schedCLS, .tcxIngress),
    SectionConvention("tcx/egress", .schedCLS, .tcxEgress),
    SectionConvention("tc", .schedCLS),
    SectionConvention("classifier", .schedCLS),
    SectionConvention("action", .schedACT),
    SectionConvention("netkit/primary", .schedCLS, .netkitPrimary),
    SectionConvention("netkit/peer", .schedCLS, .netkitPeer),
    SectionConvention("xdp.frags/devmap", .xdp, .xdpDevmap, .fragments),
    SectionConvention("xdp/devmap", .xdp, .xdpDevmap),
    SectionConvention("xdp.frags/cpumap", .xdp, .xdpCpumap, .fragments),
    SectionConvention("xdp/cpumap", .xdp, .xdpCpumap),
    SectionConvention("xdp.frags", .xdp, .xdp, .fragments),
    SectionConvention("xdp", .xdp, .xdp, .attachTypeIsOptional),
    SectionConvention("lwt_in", .lwtIn),
    SectionConvention("lwt_out", .lwtOut),
    SectionConvention("lwt_xmit", .lwtXmit),
    SectionConvention("lwt_seg6local", .lwtSeg6Local),
    SectionConvention("flow_dissector", .flowDissector, .flowDissector, .attachTypeIsOptional),
    SectionConvention("netfilter", .netfilter, .netfilter),
  ]

  /// Sockets and sockmaps.
  private static let sockets = [
    SectionConvention("socket", .socketFilter),
    SectionConvention("sk_reuseport/migrate", .skReuseport, .skReuseportSelectOrMigrate),
    SectionConvention("sk_reuseport", .skReuseport, .skReuseportSelect),
    SectionConvention("sockops", .sockOps, .cgroupSockOps, .attachTypeIsOptional),
    SectionConvention("sk_skb/stream_parser", .skSKB, .skSKBStreamParser, .attachTypeIsOptional),
    SectionConvention("sk_skb/stream_verdict", .skSKB, .skSKBStreamVerdict, .attachTypeIsOptional),
    SectionConvention("sk_skb/verdict", .skSKB, .skSKBVerdict, .attachTypeIsOptional),
    SectionConvention("sk_skb", .skSKB),
    SectionConvention("sk_msg", .skMsg, .skMsgVerdict, .attachTypeIsOptional),
    SectionConvention("sk_lookup", .skLookup, .skLookup),
  ]

  /// Control group hooks.
  private static let controlGroups = [
    SectionConvention("cgroup_skb/ingress", .cgroupSKB, .cgroupInetIngress, .attachTypeIsOptional),
    SectionConvention("cgroup_skb/egress", .cgroupSKB, .cgroupInetEgress, .attachTypeIsOptional),
    SectionConvention("cgroup/skb", .cgroupSKB),
    SectionConvention("cgroup/sock_create", .cgroupSock, .cgroupInetSockCreate),
    SectionConvention("cgroup/sock_release", .cgroupSock, .cgroupInetSockRelease),
    SectionConvention("cgroup/sock", .cgroupSock, .cgroupInetSockCreate, .attachTypeIsOptional),
    SectionConvention("cgroup/post_bind4", .cgroupSock, .cgroupInet4PostBind),
    SectionConvention("cgroup/post_bind6", .cgroupSock, .cgroupInet6PostBind),
    SectionConvention("cgroup/bind4", .cgroupSockAddr, .cgroupInet4Bind),
    SectionConvention("cgroup/bind6", .cgroupSockAddr, .cgroupInet6Bind),
    SectionConvention("cgroup/connect4", .cgroupSockAddr, .cgroupInet4Connect),
    SectionConvention("cgroup/connect6", .cgroupSockAddr, .cgroupInet6Connect),
    SectionConvention("cgroup/connect_unix", .cgroupSockAddr, .cgroupUnixConnect),
    SectionConvention("cgroup/sendmsg4", .cgroupSockAddr, .cgroupUDP4Sendmsg),
    SectionConvention("cgroup/sendmsg6", .cgroupSockAddr, .cgroupUDP6Sendmsg),
    SectionConvention("cgroup/sendmsg_unix", .cgroupSockAddr, .cgroupUnixSendmsg),
    SectionConvention("cgroup/recvmsg4", .cgroupSockAddr, .cgroupUDP4Recvmsg),
    SectionConvention("cgroup/recvmsg6", .cgroupSockAddr, .cgroupUDP6Recvmsg),
    SectionConvention("cgroup/recvmsg_unix", .cgroupSockAddr, .cgroupUnixRecvmsg),
    SectionConvention("cgroup/getpeername4", .cgroupSockAddr, .cgroupInet4Getpeername),
    SectionConvention("cgroup/getpeername6", .cgroupSockAddr, .cgroupInet6Getpeername),
    SectionConvention("cgroup/getpeername_unix", .cgroupSockAddr, .cgroupUnixGetpeername),
    SectionConvention("cgroup/getsockname4", .cgroupSockAddr, .cgroupInet4Getsockname),
    SectionConvention("cgroup/getsockname6", .cgroupSockAddr, .cgroupInet6Getsockname),
    SectionConvention("cgroup/getsockname_unix", .cgroupSockAddr, .cgroupUnixGetsockname),
    SectionConvention("cgroup/sysctl", .cgroupSysctl, .cgroupSysctl),
    SectionConvention("cgroup/getsockopt", .cgroupSockopt, .cgroupGetsockopt),
    SectionConvention("cgroup/setsockopt", .cgroupSockopt, .cgroupSetsockopt),
    SectionConvention("cgroup/dev", .cgroupDevice, .cgroupDevice, .attachTypeIsOptional),
  ]

  /// Instructions of the kernel and of programs.
  private static let probes = [
    SectionConvention("kprobe", .kprobe, takesTarget: true),
    SectionConvention("uprobe", .kprobe, takesTarget: true),
    SectionConvention("uprobe.s", .kprobe, nil, .sleepable, takesTarget: true),
    SectionConvention("kretprobe", .kprobe, takesTarget: true),
    SectionConvention("uretprobe", .kprobe, takesTarget: true),
    SectionConvention("uretprobe.s", .kprobe, nil, .sleepable, takesTarget: true),
    SectionConvention("kprobe.multi", .kprobe, .traceKprobeMulti, takesTarget: true),
    SectionConvention("kretprobe.multi", .kprobe, .traceKprobeMulti, takesTarget: true),
    SectionConvention("kprobe.session", .kprobe, .traceKprobeSession, takesTarget: true),
    SectionConvention("uprobe.multi", .kprobe, .traceUprobeMulti, takesTarget: true),
    SectionConvention("uretprobe.multi", .kprobe, .traceUprobeMulti, takesTarget: true),
    SectionConvention("uprobe.session", .kprobe, .traceUprobeSession, takesTarget: true),
    SectionConvention("uprobe.multi.s", .kprobe, .traceUprobeMulti, .sleepable, takesTarget: true),
    SectionConvention("uretprobe.multi.s", .kprobe, .traceUprobeMulti, .sleepable, takesTarget: true),
    SectionConvention("uprobe.session.s", .kprobe, .traceUprobeSession, .sleepable, takesTarget: true),
    SectionConvention("ksyscall", .kprobe, takesTarget: true),
    SectionConvention("kretsyscall", .kprobe, takesTarget: true),
    SectionConvention("usdt", .kprobe, nil, .usdtProbe, takesTarget: true),
    SectionConvention("usdt.s", .kprobe, nil, [.usdtProbe, .sleepable], takesTarget: true),
  ]

  /// Tracepoints and events.
  private static let tracepoints = [
    SectionConvention("tracepoint", .tracepoint, takesTarget: true),
    SectionConvention("tp", .tracepoint, takesTarget: true),
    SectionConvention("tracepoint.s", .tracepoint, nil, .sleepable, takesTarget: true),
    SectionConvention("tp.s", .tracepoint, nil, .sleepable, takesTarget: true),
    SectionConvention("raw_tracepoint", .rawTracepoint, takesTarget: true),
    SectionConvention("raw_tp", .rawTracepoint, takesTarget: true),
    SectionConvention("raw_tracepoint.s", .rawTracepoint, nil, .sleepable, takesTarget: true),
    SectionConvention("raw_tp.s", .rawTracepoint, nil, .sleepable, takesTarget: true),
    SectionConvention("raw_tracepoint.w", .rawTracepointWritable, takesTarget: true),
    SectionConvention("raw_tp.w", .rawTracepointWritable, takesTarget: true),
    SectionConvention("perf_event", .perfEvent),
  ]

  /// Functions and types of the kernel, by their BTF.
  private static let typed = [
    SectionConvention("tp_btf", .tracing, .traceRawTP, .attachBTF, takesTarget: true),
    SectionConvention("tp_btf.s", .tracing, .traceRawTP, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("fentry", .tracing, .traceFentry, .attachBTF, takesTarget: true),
    SectionConvention("fmod_ret", .tracing, .modifyReturn, .attachBTF, takesTarget: true),
    SectionConvention("fexit", .tracing, .traceFexit, .attachBTF, takesTarget: true),
    SectionConvention("fentry.s", .tracing, .traceFentry, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("fmod_ret.s", .tracing, .modifyReturn, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("fexit.s", .tracing, .traceFexit, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("fsession", .tracing, .traceFsession, .attachBTF, takesTarget: true),
    SectionConvention("fsession.s", .tracing, .traceFsession, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("fentry.multi", .tracing, .traceFentryMulti, takesTarget: true),
    SectionConvention("fexit.multi", .tracing, .traceFexitMulti, takesTarget: true),
    SectionConvention("fsession.multi", .tracing, .traceFsessionMulti, takesTarget: true),
    SectionConvention("fentry.multi.s", .tracing, .traceFentryMulti, .sleepable, takesTarget: true),
    SectionConvention("fexit.multi.s", .tracing, .traceFexitMulti, .sleepable, takesTarget: true),
    SectionConvention("fsession.multi.s", .tracing, .traceFsessionMulti, .sleepable, takesTarget: true),
    SectionConvention("freplace", .ext, nil, .attachBTF, takesTarget: true),
    SectionConvention("lsm", .lsm, .lsmMAC, .attachBTF, takesTarget: true),
    SectionConvention("lsm.s", .lsm, .lsmMAC, [.attachBTF, .sleepable], takesTarget: true),
    SectionConvention("lsm_cgroup", .lsm, .lsmCgroup, .attachBTF, takesTarget: true),
    SectionConvention("iter", .tracing, .traceIter, .attachBTF, takesTarget: true),
    SectionConvention("iter.s", .tracing, .traceIter, [.attachBTF, .sleepable], takesTarget: true),
  ]

  /// Other program types.
  private static let others = [
    SectionConvention("syscall", .syscall, nil, .sleepable),
    SectionConvention("lirc_mode2", .lircMode2, .lircMode2, .attachTypeIsOptional),
    SectionConvention("struct_ops", .structOps, takesTarget: true),
    SectionConvention("struct_ops.s", .structOps, nil, .sleepable, takesTarget: true),
  ]
}
