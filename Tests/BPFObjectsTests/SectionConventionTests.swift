//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import BTF
import KernelFixtures
import Testing

@Suite("Section conventions")
struct SectionConventionTests {
  /// A section name with the expected program type, attach type, traits and target.
  struct Case: Sendable, CustomStringConvertible {
    var name: String
    var type: ProgramType
    var attachType: AttachType?
    var traits: SectionConvention.Traits
    var target: String?

    init(
      _ name: String, _ type: ProgramType, _ attachType: AttachType? = nil,
      _ traits: SectionConvention.Traits = [], target: String? = nil
    ) {
      (self.name, self.type, self.attachType, self.traits, self.target) = (
        name, type, attachType, traits, target
      )
    }

    var description: String { name }
  }

  @Test(
    "A section name determines program type, attach type, traits and target",
    arguments: [
      Case("socket", .socketFilter), Case("sk_reuseport", .skReuseport, .skReuseportSelect),
      Case("sk_reuseport/migrate", .skReuseport, .skReuseportSelectOrMigrate), Case("kprobe", .kprobe),
      Case("kprobe/do_unlinkat", .kprobe, target: "do_unlinkat"),
      Case("kprobe/do_unlinkat+0x10", .kprobe, target: "do_unlinkat+0x10"),
      Case("kretprobe/do_unlinkat", .kprobe, target: "do_unlinkat"),
      Case("uprobe//bin/bash:readline", .kprobe, target: "/bin/bash:readline"),
      Case("uprobe.s//bin/bash:readline", .kprobe, nil, .sleepable, target: "/bin/bash:readline"),
      Case("uretprobe.s", .kprobe, nil, .sleepable), Case("uretprobe", .kprobe),
      Case("kprobe.multi/tcp_*", .kprobe, .traceKprobeMulti, target: "tcp_*"),
      Case("kretprobe.multi/tcp_*", .kprobe, .traceKprobeMulti, target: "tcp_*"),
      Case("kprobe.session/tcp_*", .kprobe, .traceKprobeSession, target: "tcp_*"),
      Case("uprobe.multi/a:b", .kprobe, .traceUprobeMulti, target: "a:b"),
      Case("uprobe.multi.s/a:b", .kprobe, .traceUprobeMulti, .sleepable, target: "a:b"),
      Case("uretprobe.multi", .kprobe, .traceUprobeMulti),
      Case("uretprobe.multi.s", .kprobe, .traceUprobeMulti, .sleepable),
      Case("uprobe.session", .kprobe, .traceUprobeSession),
      Case("uprobe.session.s", .kprobe, .traceUprobeSession, .sleepable),
      Case("ksyscall/unlinkat", .kprobe, target: "unlinkat"),
      Case("kretsyscall/open", .kprobe, target: "open"),
      Case("usdt/libc.so.6:libc:setjmp", .kprobe, nil, .usdtProbe, target: "libc.so.6:libc:setjmp"),
      Case("usdt.s", .kprobe, nil, [.usdtProbe, .sleepable]),
      Case("tc", .schedCLS), Case("classifier", .schedCLS), Case("action", .schedACT),
      Case("tc/ingress", .schedCLS, .tcxIngress), Case("tc/egress", .schedCLS, .tcxEgress),
      Case("tcx/ingress", .schedCLS, .tcxIngress), Case("tcx/egress", .schedCLS, .tcxEgress),
      Case("netkit/primary", .schedCLS, .netkitPrimary), Case("netkit/peer", .schedCLS, .netkitPeer),
      Case("tracepoint/sched/sched_switch", .tracepoint, target: "sched/sched_switch"),
      Case("tp/sched/sched_switch", .tracepoint, target: "sched/sched_switch"),
      Case("raw_tracepoint/sched_switch", .rawTracepoint, target: "sched_switch"),
      Case("raw_tp/sched_switch", .rawTracepoint, target: "sched_switch"),
      Case("raw_tracepoint.w/x", .rawTracepointWritable, target: "x"),
      Case("raw_tp.w/x", .rawTracepointWritable, target: "x"),
      Case("tp_btf/sched_switch", .tracing, .traceRawTP, .attachBTF, target: "sched_switch"),
      Case("fentry/f", .tracing, .traceFentry, .attachBTF, target: "f"),
      Case("fexit/f", .tracing, .traceFexit, .attachBTF, target: "f"),
      Case("fmod_ret/f", .tracing, .modifyReturn, .attachBTF, target: "f"),
      Case("fentry.s/f", .tracing, .traceFentry, [.attachBTF, .sleepable], target: "f"),
      Case("fexit.s/f", .tracing, .traceFexit, [.attachBTF, .sleepable], target: "f"),
      Case("fsession/f", .tracing, .traceFsession, .attachBTF, target: "f"),
      Case("fentry.multi/f*", .tracing, .traceFentryMulti, target: "f*"),
      Case("fexit.multi.s/f", .tracing, .traceFexitMulti, .sleepable, target: "f"),
      Case("fsession.multi", .tracing, .traceFsessionMulti),
      Case("fsession.s/f", .tracing, .traceFsession, [.attachBTF, .sleepable], target: "f"),
      Case("fmod_ret.s/f", .tracing, .modifyReturn, [.attachBTF, .sleepable], target: "f"),
      Case("freplace/f", .ext, nil, .attachBTF, target: "f"),
      Case("lsm/file_open", .lsm, .lsmMAC, .attachBTF, target: "file_open"),
      Case("lsm.s/file_open", .lsm, .lsmMAC, [.attachBTF, .sleepable], target: "file_open"),
      Case("lsm_cgroup/socket_bind", .lsm, .lsmCgroup, .attachBTF, target: "socket_bind"),
      Case("iter/task", .tracing, .traceIter, .attachBTF, target: "task"),
      Case("iter.s/task", .tracing, .traceIter, [.attachBTF, .sleepable], target: "task"),
    ])
  func programs(expected: Case) throws { try Self.check(expected) }

  @Test(
    "Recognizes network, socket and cgroup sections",
    arguments: [
      Case("syscall", .syscall, nil, .sleepable), Case("perf_event", .perfEvent),
      Case("xdp", .xdp, .xdp, .attachTypeIsOptional), Case("xdp.frags", .xdp, .xdp, .fragments),
      Case("xdp/devmap", .xdp, .xdpDevmap), Case("xdp.frags/devmap", .xdp, .xdpDevmap, .fragments),
      Case("xdp/cpumap", .xdp, .xdpCpumap), Case("xdp.frags/cpumap", .xdp, .xdpCpumap, .fragments),
      Case("lwt_in", .lwtIn), Case("lwt_out", .lwtOut), Case("lwt_xmit", .lwtXmit),
      Case("lwt_seg6local", .lwtSeg6Local), Case("sockops", .sockOps, .cgroupSockOps, .attachTypeIsOptional),
      Case("sk_skb", .skSKB), Case("sk_skb/verdict", .skSKB, .skSKBVerdict, .attachTypeIsOptional),
      Case("sk_skb/stream_parser", .skSKB, .skSKBStreamParser, .attachTypeIsOptional),
      Case("sk_skb/stream_verdict", .skSKB, .skSKBStreamVerdict, .attachTypeIsOptional),
      Case("sk_msg", .skMsg, .skMsgVerdict, .attachTypeIsOptional),
      Case("lirc_mode2", .lircMode2, .lircMode2, .attachTypeIsOptional),
      Case("flow_dissector", .flowDissector, .flowDissector, .attachTypeIsOptional),
      Case("cgroup_skb/ingress", .cgroupSKB, .cgroupInetIngress, .attachTypeIsOptional),
      Case("cgroup_skb/egress", .cgroupSKB, .cgroupInetEgress, .attachTypeIsOptional),
      Case("cgroup/skb", .cgroupSKB), Case("cgroup/sock_create", .cgroupSock, .cgroupInetSockCreate),
      Case("cgroup/sock_release", .cgroupSock, .cgroupInetSockRelease),
      Case("cgroup/sock", .cgroupSock, .cgroupInetSockCreate, .attachTypeIsOptional),
      Case("cgroup/post_bind4", .cgroupSock, .cgroupInet4PostBind),
      Case("cgroup/post_bind6", .cgroupSock, .cgroupInet6PostBind),
      Case("cgroup/bind4", .cgroupSockAddr, .cgroupInet4Bind),
      Case("cgroup/bind6", .cgroupSockAddr, .cgroupInet6Bind),
      Case("cgroup/connect4", .cgroupSockAddr, .cgroupInet4Connect),
      Case("cgroup/connect6", .cgroupSockAddr, .cgroupInet6Connect),
      Case("cgroup/connect_unix", .cgroupSockAddr, .cgroupUnixConnect),
      Case("cgroup/sendmsg4", .cgroupSockAddr, .cgroupUDP4Sendmsg),
      Case("cgroup/sendmsg6", .cgroupSockAddr, .cgroupUDP6Sendmsg),
      Case("cgroup/sendmsg_unix", .cgroupSockAddr, .cgroupUnixSendmsg),
      Case("cgroup/recvmsg4", .cgroupSockAddr, .cgroupUDP4Recvmsg),
      Case("cgroup/recvmsg6", .cgroupSockAddr, .cgroupUDP6Recvmsg),
      Case("cgroup/recvmsg_unix", .cgroupSockAddr, .cgroupUnixRecvmsg),
      Case("cgroup/getpeername4", .cgroupSockAddr, .cgroupInet4Getpeername),
      Case("cgroup/getpeername6", .cgroupSockAddr, .cgroupInet6Getpeername),
      Case("cgroup/getpeername_unix", .cgroupSockAddr, .cgroupUnixGetpeername),
      Case("cgroup/getsockname4", .cgroupSockAddr, .cgroupInet4Getsockname),
      Case("cgroup/getsockname6", .cgroupSockAddr, .cgroupInet6Getsockname),
      Case("cgroup/getsockname_unix", .cgroupSockAddr, .cgroupUnixGetsockname),
      Case("cgroup/sysctl", .cgroupSysctl, .cgroupSysctl),
      Case("cgroup/getsockopt", .cgroupSockopt, .cgroupGetsockopt),
      Case("cgroup/setsockopt", .cgroupSockopt, .cgroupSetsockopt),
      Case("cgroup/dev", .cgroupDevice, .cgroupDevice, .attachTypeIsOptional),
      Case("struct_ops/init", .structOps, target: "init"), Case("struct_ops", .structOps),
      Case("struct_ops.s/init", .structOps, nil, .sleepable, target: "init"),
      Case("sk_lookup", .skLookup, .skLookup), Case("netfilter", .netfilter, .netfilter),
    ])
  func network(expected: Case) throws { try Self.check(expected) }

  @Test(
    "Ignores suffixes of section names that take no target",
    arguments: [
      Case("classifier/ingress", .schedCLS), Case("classifier", .schedCLS), Case("classifier1", .schedCLS),
      Case("socket/filter", .socketFilter), Case("socket1", .socketFilter), Case("socket_dns", .socketFilter),
      Case("tc/tail", .schedCLS), Case("tc_main", .schedCLS), Case("tc/ingress2", .schedCLS, .tcxIngress),
      Case("xdp/entry", .xdp, .xdp, .attachTypeIsOptional), Case("xdp1", .xdp, .xdp, .attachTypeIsOptional),
      Case("xdp.frags/entry", .xdp, .xdp, .fragments), Case("xdp/devmap/one", .xdp, .xdpDevmap),
      Case("xdp/", .xdp, .xdp, .attachTypeIsOptional), Case("action/drop", .schedACT),
      Case("sockops1", .sockOps, .cgroupSockOps, .attachTypeIsOptional), Case("cgroup/skb1", .cgroupSKB),
      Case("cgroup/skb/x", .cgroupSKB), Case("sk_skb/any", .skSKB), Case("perf_event/cpu", .perfEvent),
    ])
  func suffixes(expected: Case) throws { try Self.check(expected) }

  static func check(_ expected: Case) throws {
    let match = SectionConvention.match(expected.name)
    let convention = try #require(match.convention)
    #expect(convention.type == expected.type && convention.attachType == expected.attachType)
    #expect(convention.traits == expected.traits && match.target == expected.target)
    #expect(match.isLoaded && match.sectionName == expected.name)

    let marked = SectionConvention.match("?" + expected.name)
    #expect(!marked.isLoaded && marked.sectionName == expected.name && marked.convention == convention)
  }

  @Test(
    "Recognizes no other names",
    arguments: [
      "", "?", "xdpx", "sockets/f", "kprobes/f", "kprobe1", "tcp/f", "cgroup/sock_made", "cgroup/f",
      "xdp.many",
      "SOCKET", ".text",
    ])
  func unknown(name: String) {
    let match = SectionConvention.match(name)
    #expect(match.convention == nil && match.target == nil && match.isLoaded == !name.hasPrefix("?"))
  }

  @Test("No section name appears twice in the table")
  func unique() {
    let names = SectionConvention.all.map(\.name)
    #expect(Set(names).count == names.count && names.count > 100)
    for convention in SectionConvention.all where convention.takesTarget {
      #expect(!convention.name.contains("/"))
    }
  }

  @Test("Program and attach types have the kernel's numbers and names")
  func kernelNumbers() throws {
    let kernel = try BTFTypes.vmlinux()
    func numbers(_ name: String) throws -> [String: Int128] {
      let type = try #require(kernel.find(.enumeration, named: name))
      return Dictionary(type.enumerators.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    // An older kernel lacks the latest, a newer one has more.
    let (types, attachTypes) = (try numbers("bpf_prog_type"), try numbers("bpf_attach_type"))
    for type in ProgramType.allKnown {
      let found = types["BPF_PROG_TYPE_" + type.kernelName.uppercased()]
      let release = try #require(type.minimumKernelVersion)
      #expect((found == nil) == KernelRelease.isOlder(than: release), "\(type)")
      guard let number = found else { continue }
      #expect(number == Int128(type.rawValue), "\(type)")
    }
    for attachType in AttachType.allKnown {
      let found = attachTypes["BPF_" + attachType.kernelName.uppercased()]
      let release = try #require(attachType.minimumKernelVersion)
      #expect((found == nil) == KernelRelease.isOlder(than: release), "\(attachType)")
      guard let number = found else { continue }
      #expect(number == Int128(attachType.rawValue), "\(attachType)")
    }
    let (typeEnd, attachTypeEnd) = (
      types["__MAX_BPF_PROG_TYPE"] ?? 0, attachTypes["__MAX_BPF_ATTACH_TYPE"] ?? 0
    )
    for number in stride(from: 1, to: min(UInt32(typeEnd), 33), by: 1) {
      #expect(types["BPF_PROG_TYPE_" + ProgramType(rawValue: number).kernelName.uppercased()] != nil)
    }
    for number in stride(from: 0, to: min(UInt32(attachTypeEnd), 59), by: 1) {
      #expect(attachTypes["BPF_" + AttachType(rawValue: number).kernelName.uppercased()] != nil)
    }
  }

  @Test("Converts types to and from the kernel's names")
  func names() {
    #expect(ProgramType(kernelName: "sched_cls") == .schedCLS && "\(ProgramType.schedCLS)" == "sched_cls")
    #expect(ProgramType(kernelName: "nonsense") == nil && "\(ProgramType(rawValue: 99))" == "type 99")
    #expect(AttachType(kernelName: "xdp") == .xdp && "\(AttachType.tcxIngress)" == "tcx_ingress")
    #expect(AttachType(kernelName: "nonsense") == nil && "\(AttachType(rawValue: 99))" == "attach type 99")
  }
}
