//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A program type: it determines when the program runs, its context, and its permissions.
///
/// Unknown types keep their number.
public struct ProgramType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number, of `enum bpf_prog_type`.
  public let rawValue: UInt32

  /// Creates a program type with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates the program type with the kernel's name, such as `sched_cls`; nil if there is none.
  public init?(kernelName: String) {
    guard let index = ProgramType.names.firstIndex(of: kernelName) else { return nil }
    self.init(rawValue: UInt32(index))
  }

  /// No type: set one before loading the program.
  public static let unspecified = ProgramType(rawValue: 0)
  /// Sees the packets that a socket is about to receive. Linux 3.19.
  public static let socketFilter = ProgramType(rawValue: 1)
  /// Runs at an instruction of the kernel or of a program: kprobe, uprobe, system call, USDT. Linux 4.1.
  public static let kprobe = ProgramType(rawValue: 2)
  /// Classifies packets, and decides about them: tc, tcx, netkit. Linux 4.1.
  public static let schedCLS = ProgramType(rawValue: 3)
  /// An action of traffic control. Linux 4.1.
  public static let schedACT = ProgramType(rawValue: 4)
  /// Runs at a tracepoint, with its fields. Linux 4.7.
  public static let tracepoint = ProgramType(rawValue: 5)
  /// Decides about packets before the kernel's network stack sees them. Linux 4.8.
  public static let xdp = ProgramType(rawValue: 6)
  /// Runs when a perf event overflows. Linux 4.9.
  public static let perfEvent = ProgramType(rawValue: 7)
  /// Sees the packets of a control group. Linux 4.10.
  public static let cgroupSKB = ProgramType(rawValue: 8)
  /// Runs when a socket of a control group is made, bound or closed. Linux 4.10.
  public static let cgroupSock = ProgramType(rawValue: 9)
  /// Sees packets that arrive by a route. Linux 4.10.
  public static let lwtIn = ProgramType(rawValue: 10)
  /// Sees packets that leave by a route. Linux 4.10.
  public static let lwtOut = ProgramType(rawValue: 11)
  /// Changes packets that leave by a route. Linux 4.10.
  public static let lwtXmit = ProgramType(rawValue: 12)
  /// Runs at events of TCP connections. Linux 4.13.
  public static let sockOps = ProgramType(rawValue: 13)
  /// Cuts a stream into messages and decides about each, in a sockmap. Linux 4.14.
  public static let skSKB = ProgramType(rawValue: 14)
  /// Permits a control group to use a device. Linux 4.15.
  public static let cgroupDevice = ProgramType(rawValue: 15)
  /// Decides about messages that sockets of a sockmap send. Linux 4.17.
  public static let skMsg = ProgramType(rawValue: 16)
  /// Runs at a tracepoint, with its raw arguments. Linux 4.17.
  public static let rawTracepoint = ProgramType(rawValue: 17)
  /// Sees and changes the addresses that a control group's sockets use. Linux 4.17.
  public static let cgroupSockAddr = ProgramType(rawValue: 18)
  /// An action of IPv6 segment routing. Linux 4.18.
  public static let lwtSeg6Local = ProgramType(rawValue: 19)
  /// Decodes infrared signals. Linux 4.18.
  public static let lircMode2 = ProgramType(rawValue: 20)
  /// Selects a socket of a SO_REUSEPORT group. Linux 4.19.
  public static let skReuseport = ProgramType(rawValue: 21)
  /// Finds the addresses and ports in packets. Linux 4.20.
  public static let flowDissector = ProgramType(rawValue: 22)
  /// Permits a control group to use a sysctl. Linux 5.2.
  public static let cgroupSysctl = ProgramType(rawValue: 23)
  /// Like `rawTracepoint`, and may write to its first argument. Linux 5.2.
  public static let rawTracepointWritable = ProgramType(rawValue: 24)
  /// Sees and changes the socket options of a control group. Linux 5.3.
  public static let cgroupSockopt = ProgramType(rawValue: 25)
  /// Runs at functions and tracepoints of the kernel, with typed arguments, and as an iterator. Linux 5.5.
  public static let tracing = ProgramType(rawValue: 26)
  /// Implements an operation of a kernel interface. Linux 5.6.
  public static let structOps = ProgramType(rawValue: 27)
  /// Replaces a function of another program. Linux 5.6.
  public static let ext = ProgramType(rawValue: 28)
  /// A hook of the kernel's security framework. Linux 5.7.
  public static let lsm = ProgramType(rawValue: 29)
  /// Selects the socket that receives a connection or packet. Linux 5.9.
  public static let skLookup = ProgramType(rawValue: 30)
  /// Runs when user space calls it, and may make bpf(2) calls. Linux 5.14.
  public static let syscall = ProgramType(rawValue: 31)
  /// A hook of netfilter. Linux 6.4.
  public static let netfilter = ProgramType(rawValue: 32)

  /// All known types, by number.
  public static let allKnown: [ProgramType] = (1..<UInt32(names.count)).map(ProgramType.init(rawValue:))

  /// The kernel's name in lower case, such as `sched_cls`; `type 77` for one without a name.
  public var kernelName: String {
    rawValue < ProgramType.names.count ? ProgramType.names[Int(rawValue)] : "type \(rawValue)"
  }

  /// The kernel's name.
  public var description: String { kernelName }

  /// The first Linux release that had it, such as `5.5`; nil for a type without a name.
  public var minimumKernelVersion: String? {
    1..<UInt32(ProgramType.names.count) ~= rawValue ? ProgramType.versions[Int(rawValue)] : nil
  }

  /// By number.
  private static let names = [
    "unspec", "socket_filter", "kprobe", "sched_cls", "sched_act", "tracepoint", "xdp", "perf_event",
    "cgroup_skb", "cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb", "cgroup_device",
    "sk_msg", "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local", "lirc_mode2", "sk_reuseport",
    "flow_dissector", "cgroup_sysctl", "raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops",
    "ext", "lsm", "sk_lookup", "syscall", "netfilter",
  ]

  /// The first kernel releases, by number.
  private static let versions = [
    "", "3.19", "4.1", "4.1", "4.1", "4.7", "4.8", "4.9", "4.10", "4.10", "4.10", "4.10", "4.10",
    "4.13", "4.14", "4.15", "4.17", "4.17", "4.17", "4.18", "4.18", "4.19", "4.20", "5.2", "5.2",
    "5.3", "5.5", "5.6", "5.6", "5.7", "5.9", "5.14", "6.4",
  ]
}
