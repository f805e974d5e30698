//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An attach type: the hook of a program whose type has several.
///
/// Number 0 is a valid attach type, and also the value for program types without attach types.
public struct AttachType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number, of `enum bpf_attach_type`.
  public let rawValue: UInt32

  /// Creates an attach type with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates the attach type with the kernel's name, such as `tcx_ingress`; nil if there is none.
  public init?(kernelName: String) {
    guard let index = AttachType.names.firstIndex(of: kernelName) else { return nil }
    self.init(rawValue: UInt32(index))
  }

  /// Packets that a control group receives.
  public static let cgroupInetIngress = AttachType(rawValue: 0)
  /// Packets that a control group sends.
  public static let cgroupInetEgress = AttachType(rawValue: 1)
  /// The creation of a socket by a control group.
  public static let cgroupInetSockCreate = AttachType(rawValue: 2)
  /// Events of TCP connections of a control group.
  public static let cgroupSockOps = AttachType(rawValue: 3)
  /// The message boundaries of a stream, in a sockmap.
  public static let skSKBStreamParser = AttachType(rawValue: 4)
  /// The verdict on a message of a stream, in a sockmap.
  public static let skSKBStreamVerdict = AttachType(rawValue: 5)
  /// The use of a device by a control group.
  public static let cgroupDevice = AttachType(rawValue: 6)
  /// The verdict on a sent message, in a sockmap.
  public static let skMsgVerdict = AttachType(rawValue: 7)
  /// bind(2) to an IPv4 address.
  public static let cgroupInet4Bind = AttachType(rawValue: 8)
  /// bind(2) to an IPv6 address.
  public static let cgroupInet6Bind = AttachType(rawValue: 9)
  /// connect(2) to an IPv4 address.
  public static let cgroupInet4Connect = AttachType(rawValue: 10)
  /// connect(2) to an IPv6 address.
  public static let cgroupInet6Connect = AttachType(rawValue: 11)
  /// After bind(2) to an IPv4 address.
  public static let cgroupInet4PostBind = AttachType(rawValue: 12)
  /// After bind(2) to an IPv6 address.
  public static let cgroupInet6PostBind = AttachType(rawValue: 13)
  /// sendmsg(2) of UDP to an IPv4 address.
  public static let cgroupUDP4Sendmsg = AttachType(rawValue: 14)
  /// sendmsg(2) of UDP to an IPv6 address.
  public static let cgroupUDP6Sendmsg = AttachType(rawValue: 15)
  /// Raw signals of an infrared receiver.
  public static let lircMode2 = AttachType(rawValue: 16)
  /// Packets to dissect into addresses and ports.
  public static let flowDissector = AttachType(rawValue: 17)
  /// The use of a sysctl by a control group.
  public static let cgroupSysctl = AttachType(rawValue: 18)
  /// recvmsg(2) of UDP from an IPv4 address.
  public static let cgroupUDP4Recvmsg = AttachType(rawValue: 19)
  /// recvmsg(2) of UDP from an IPv6 address.
  public static let cgroupUDP6Recvmsg = AttachType(rawValue: 20)
  /// getsockopt(2).
  public static let cgroupGetsockopt = AttachType(rawValue: 21)
  /// setsockopt(2).
  public static let cgroupSetsockopt = AttachType(rawValue: 22)
  /// A tracepoint, with typed arguments.
  public static let traceRawTP = AttachType(rawValue: 23)
  /// The entry of a function: fentry.
  public static let traceFentry = AttachType(rawValue: 24)
  /// The return of a function: fexit.
  public static let traceFexit = AttachType(rawValue: 25)
  /// The result of a function, which the program may replace: fmod_ret.
  public static let modifyReturn = AttachType(rawValue: 26)
  /// An LSM hook.
  public static let lsmMAC = AttachType(rawValue: 27)
  /// An iterator over objects of the kernel.
  public static let traceIter = AttachType(rawValue: 28)
  /// getpeername(2) of an IPv4 socket.
  public static let cgroupInet4Getpeername = AttachType(rawValue: 29)
  /// getpeername(2) of an IPv6 socket.
  public static let cgroupInet6Getpeername = AttachType(rawValue: 30)
  /// getsockname(2) of an IPv4 socket.
  public static let cgroupInet4Getsockname = AttachType(rawValue: 31)
  /// getsockname(2) of an IPv6 socket.
  public static let cgroupInet6Getsockname = AttachType(rawValue: 32)
  /// Packets redirected to a device of a devmap.
  public static let xdpDevmap = AttachType(rawValue: 33)
  /// The release of a socket of a control group.
  public static let cgroupInetSockRelease = AttachType(rawValue: 34)
  /// Packets redirected to a CPU of a cpumap.
  public static let xdpCpumap = AttachType(rawValue: 35)
  /// The look-up of the socket that receives.
  public static let skLookup = AttachType(rawValue: 36)
  /// Packets that a network device receives.
  public static let xdp = AttachType(rawValue: 37)
  /// The verdict on received data, in a sockmap.
  public static let skSKBVerdict = AttachType(rawValue: 38)
  /// The selection of a socket of a SO_REUSEPORT group.
  public static let skReuseportSelect = AttachType(rawValue: 39)
  /// The selection of a socket of a SO_REUSEPORT group, also when one of it closes.
  public static let skReuseportSelectOrMigrate = AttachType(rawValue: 40)
  /// A perf event.
  public static let perfEvent = AttachType(rawValue: 41)
  /// Several kernel functions with one link: multi-kprobe.
  public static let traceKprobeMulti = AttachType(rawValue: 42)
  /// An LSM hook, for a control group.
  public static let lsmCgroup = AttachType(rawValue: 43)
  /// An operation of a kernel interface: struct_ops.
  public static let structOps = AttachType(rawValue: 44)
  /// A hook of netfilter.
  public static let netfilter = AttachType(rawValue: 45)
  /// Packets that a network device receives, in traffic control.
  public static let tcxIngress = AttachType(rawValue: 46)
  /// Packets that a network device sends, in traffic control.
  public static let tcxEgress = AttachType(rawValue: 47)
  /// Several instructions of a user program with one link: multi-uprobe.
  public static let traceUprobeMulti = AttachType(rawValue: 48)
  /// connect(2) of a Unix socket.
  public static let cgroupUnixConnect = AttachType(rawValue: 49)
  /// sendmsg(2) of a Unix socket.
  public static let cgroupUnixSendmsg = AttachType(rawValue: 50)
  /// recvmsg(2) of a Unix socket.
  public static let cgroupUnixRecvmsg = AttachType(rawValue: 51)
  /// getpeername(2) of a Unix socket.
  public static let cgroupUnixGetpeername = AttachType(rawValue: 52)
  /// getsockname(2) of a Unix socket.
  public static let cgroupUnixGetsockname = AttachType(rawValue: 53)
  /// Packets that the primary device of a netkit pair sends.
  public static let netkitPrimary = AttachType(rawValue: 54)
  /// Packets that the peer device of a netkit pair sends.
  public static let netkitPeer = AttachType(rawValue: 55)
  /// The entry and the return of several kernel functions, by one program.
  public static let traceKprobeSession = AttachType(rawValue: 56)
  /// The entry and the return of several functions of a user program, by one BPF program.
  public static let traceUprobeSession = AttachType(rawValue: 57)
  /// The entry and the return of a function, by one program.
  public static let traceFsession = AttachType(rawValue: 58)
  /// The entries of several functions.
  public static let traceFentryMulti = AttachType(rawValue: 59)
  /// The returns of several functions.
  public static let traceFexitMulti = AttachType(rawValue: 60)
  /// The entries and the returns of several functions, by one program.
  public static let traceFsessionMulti = AttachType(rawValue: 61)

  /// All known attach types, by number.
  public static let allKnown: [AttachType] = (0..<UInt32(names.count)).map(AttachType.init(rawValue:))

  /// The kernel's name in lower case, such as `tcx_ingress`; `attach type 77` for one without a name.
  public var kernelName: String {
    rawValue < AttachType.names.count ? AttachType.names[Int(rawValue)] : "attach type \(rawValue)"
  }

  /// The kernel's name.
  public var description: String { kernelName }

  /// The first Linux release that had it, such as `5.5`; nil for an attach type without a name.
  public var minimumKernelVersion: String? {
    rawValue < AttachType.versions.count ? AttachType.versions[Int(rawValue)] : nil
  }

  /// The first kernel releases, by number.
  private static let versions = [
    "4.10", "4.10", "4.10", "4.13", "4.14", "4.14", "4.15", "4.17", "4.17", "4.17", "4.17", "4.17", "4.17",
    "4.17", "4.18", "4.18", "4.18", "4.20", "5.2", "5.2", "5.2", "5.3", "5.3", "5.5", "5.5", "5.5", "5.7",
    "5.7", "5.8", "5.8", "5.8", "5.8", "5.8", "5.8", "5.9", "5.9", "5.9", "5.9", "5.13", "5.14", "5.14",
    "5.15", "5.18", "6.0", "6.4", "6.4", "6.6", "6.6", "6.6", "6.7", "6.7", "6.7", "6.7", "6.7", "6.7",
    "6.7", "6.10", "6.13", "7.0", "7.2", "7.2", "7.2",
  ]

  /// By number.
  private static let names = [
    "cgroup_inet_ingress", "cgroup_inet_egress", "cgroup_inet_sock_create", "cgroup_sock_ops",
    "sk_skb_stream_parser", "sk_skb_stream_verdict", "cgroup_device", "sk_msg_verdict", "cgroup_inet4_bind",
    "cgroup_inet6_bind", "cgroup_inet4_connect", "cgroup_inet6_connect", "cgroup_inet4_post_bind",
    "cgroup_inet6_post_bind", "cgroup_udp4_sendmsg", "cgroup_udp6_sendmsg", "lirc_mode2", "flow_dissector",
    "cgroup_sysctl", "cgroup_udp4_recvmsg", "cgroup_udp6_recvmsg", "cgroup_getsockopt", "cgroup_setsockopt",
    "trace_raw_tp", "trace_fentry", "trace_fexit", "modify_return", "lsm_mac", "trace_iter",
    "cgroup_inet4_getpeername", "cgroup_inet6_getpeername", "cgroup_inet4_getsockname",
    "cgroup_inet6_getsockname", "xdp_devmap", "cgroup_inet_sock_release", "xdp_cpumap", "sk_lookup", "xdp",
    "sk_skb_verdict", "sk_reuseport_select", "sk_reuseport_select_or_migrate", "perf_event",
    "trace_kprobe_multi", "lsm_cgroup", "struct_ops", "netfilter", "tcx_ingress", "tcx_egress",
    "trace_uprobe_multi", "cgroup_unix_connect", "cgroup_unix_sendmsg", "cgroup_unix_recvmsg",
    "cgroup_unix_getpeername", "cgroup_unix_getsockname", "netkit_primary", "netkit_peer",
    "trace_kprobe_session", "trace_uprobe_session", "trace_fsession", "trace_fentry_multi",
    "trace_fexit_multi",
    "trace_fsession_multi",
  ]
}
