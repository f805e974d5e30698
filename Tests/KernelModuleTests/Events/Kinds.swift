//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// A program of each kind. A test loads one of them, causes its event, and reads what the program counted.

import BPFKernel

/// The number of runs.
public let runs = Variable<UInt64>(0)
/// What the last run read in its context.
public let seen = Variable<UInt64>(0)
/// The thread whose events are counted.
public let thread = Constant<UInt32>(0)
/// The number of the system call.
public let getppid = Constant<UInt64>(0)

@inline(__always) func count(_ value: UInt64) {
  runs.withValue { $0.atomicAdd(1) }
  seen.value = value
}

/// Counts an event of the thread.
@inline(__always) func countOwn(_ value: UInt64) -> Int32 {
  if CurrentTask.threadID == thread.value { count(value) }
  return 0
}

// MARK: - Network

@inline(__always) func pass(_ packet: Packet) {
  if let udp = packet.udp { count(UInt64(udp.length)) }
}

@section("xdp") func on_xdp(_ c: XDPContext) -> XDPAction {
  pass(c.packet)
  return .pass
}
@section("tc") func classifier(_ c: TCContext) -> TCAction {
  pass(c.packet)
  return .next
}
@section("tcx/ingress") func tcx_ingress(_ c: TCContext) -> TCAction {
  pass(c.packet)
  return .next
}
@section("tcx/egress") func tcx_egress(_ c: TCContext) -> TCAction {
  pass(c.packet)
  return .next
}
@section("netkit/primary") func netkit(_ c: TCContext) -> TCAction {
  if c.etherType == EtherType(0x88b5) { count(0x88b5) }
  return .next
}
@section("netkit/peer") func netkit_peer(_ c: TCContext) -> TCAction {
  if c.etherType == EtherType(0x88b5) { count(0x88b5) }
  return .next
}
@section("netfilter") func on_netfilter(_ c: NetfilterContext) -> Permission {
  count(c.packet != 0 && c.state != 0 ? 1 : 0)
  return .allow
}
@section("flow_dissector") func on_flow_dissector(_ c: FlowDissectorContext) -> Int32 {
  // Leaves the packet to the kernel.
  if c.etherType == EtherType(0x88b5) { count(UInt64(c.networkHeaderOffset)) }
  return 129
}
@inline(__always) func route(_ packet: Packet) {
  if let header = packet.load(IPv4Header.self), header.protocol == .udp { count(17) }
}
@section("lwt_in") func on_lwt_in(_ c: LWTContext) -> LWTAction {
  route(c.packet)
  return .pass
}
@section("lwt_out") func on_lwt_out(_ c: LWTContext) -> LWTAction {
  route(c.packet)
  return .pass
}
@section("lwt_xmit") func on_lwt_xmit(_ c: LWTContext) -> LWTAction {
  route(c.packet)
  return .pass
}

@section("lwt_seg6local") func on_seg6(_ c: LWTContext) -> LWTAction {
  // The next header is that of the route.
  if let header = c.packet.load(IPv6Header.self) { count(UInt64(header.nextHeader.rawValue)) }
  return .pass
}

// MARK: - Sockets

@section("socket") func socket_filter(_ c: SocketFilterContext) -> Int32 {
  count(UInt64(c.length))
  return -1
}
@section("sk_reuseport") func on_sk_reuseport(_ c: SKReuseportContext) -> SKAction {
  count(UInt64(c.length))
  return .pass
}
@section("sk_lookup") func on_sk_lookup(_ c: SKLookupContext) -> SKAction {
  count(UInt64(c.protocol))
  return .pass
}
@section("sk_msg") func on_sk_msg(_ c: SKMessageContext) -> SKAction {
  count(UInt64(c.size))
  return .pass
}
@section("sk_skb/verdict") func sk_skb_verdict(_ c: SKBuffContext) -> SKAction {
  // The end of the stream has no bytes.
  if c.length > 0 { count(UInt64(c.length)) }
  return .pass
}
@section("sk_skb/stream_parser") func sk_skb_parser(_ c: SKBuffContext) -> SKAction {
  // All bytes are one message.
  SKAction(rawValue: Int32(truncatingIfNeeded: c.length))
}
@section("sk_skb/stream_verdict") func sk_skb_stream(_ c: SKBuffContext) -> SKAction {
  if c.length > 0 { count(UInt64(c.length)) }
  return .pass
}

// MARK: - Control groups

@inline(__always) func allow(_ value: UInt64) -> Permission {
  count(value)
  return .allow
}

@section("cgroup/skb") func cgroup_skb(_ c: CgroupSKBContext) -> Permission {
  allow(c.packet.load(IPv4Header.self) == nil ? 0 : 1)
}
@section("cgroup_skb/ingress") func cgroup_ingress(_ c: CgroupSKBContext) -> Permission {
  allow(c.packet.load(IPv4Header.self) == nil ? 0 : 1)
}
@section("cgroup_skb/egress") func cgroup_egress(_ c: CgroupSKBContext) -> Permission {
  allow(c.packet.load(IPv4Header.self) == nil ? 0 : 1)
}
@section("cgroup/dev") func cgroup_dev(_ c: CgroupDeviceContext) -> Permission {
  allow(UInt64(c.major) << 32 | UInt64(c.minor))
}
@section("cgroup/sysctl") func cgroup_sysctl(_ c: SysctlContext) -> Permission { allow(c.isWrite ? 1 : 0) }
@section("cgroup/getsockopt") func getsockopt(_ c: SocketOptionContext) -> Permission {
  allow(UInt64(truncatingIfNeeded: c.option))
}
@section("cgroup/setsockopt") func setsockopt(_ c: SocketOptionContext) -> Permission {
  allow(UInt64(truncatingIfNeeded: c.option))
}
@section("sockops") func on_sockops(_ c: SockOpsContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/sock_create") func sock_create(_ c: SocketContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/sock_release") func sock_release(_ c: SocketContext) -> Permission {
  allow(UInt64(c.family))
}
@section("cgroup/post_bind4") func post_bind4(_ c: SocketContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/post_bind6") func post_bind6(_ c: SocketContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/bind4") func bind4(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/bind6") func bind6(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/connect4") func connect4(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/connect6") func connect6(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/sendmsg4") func sendmsg4(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/sendmsg6") func sendmsg6(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/recvmsg4") func recvmsg4(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/recvmsg6") func recvmsg6(_ c: SocketAddressContext) -> Permission { allow(UInt64(c.family)) }
@section("cgroup/getpeername4") func getpeername4(_ c: SocketAddressContext) -> Permission {
  allow(UInt64(c.family))
}
@section("cgroup/getsockname6") func getsockname6(_ c: SocketAddressContext) -> Permission {
  allow(UInt64(c.family))
}
@section("cgroup/connect_unix") func connect_unix(_ c: SocketAddressContext) -> Permission {
  allow(UInt64(c.family))
}

// MARK: - Tracing

struct SystemCall: BitwiseCopyable {
  var common: UInt64
  var number: Int32
}

@section("tracepoint/syscalls/sys_enter_getppid")
func tracepoint(_ c: TracepointContext<SystemCall>) -> Int32 {
  countOwn(UInt64(truncatingIfNeeded: c.fields.number))
}

@section("raw_tp/sys_enter") func raw_tp(_ c: RawTracepointContext) -> Int32 {
  c.argument(1) == getppid.value ? countOwn(c.argument(1)) : 0
}
@section("tp_btf/sys_enter") func tp_btf(_ c: BTFTracepointContext) -> Int32 {
  c.argument(1) == getppid.value ? countOwn(c.argument(1)) : 0
}
@section("perf_event") func on_perf_event(_ c: PerfEventContext) -> Int32 { countOwn(c.samplePeriod) }
@section("uprobe") func on_uprobe(_ c: ProbeContext) -> Int32 { countOwn(c.argument(0)) }
@section("uretprobe") func on_uretprobe(_ c: ProbeContext) -> Int32 { countOwn(c.result & 0xffff_ffff) }
@section("uprobe.s") func uprobe_sleepable(_ c: ProbeContext) -> Int32 { countOwn(c.argument(0)) }
@section("uprobe.multi") func uprobe_multi(_ c: ProbeContext) -> Int32 { countOwn(c.argument(0)) }
@section("uprobe.session") func uprobe_session(_ c: ProbeContext) -> Int32 { countOwn(c.argument(0)) }
@section("kprobe/hrtimer_nanosleep") func kprobe(_ c: ProbeContext) -> Int32 { countOwn(c.argument(0)) }
@section("kretprobe/hrtimer_nanosleep") func kretprobe(_ c: ProbeContext) -> Int32 { countOwn(c.result) }
@section("kprobe.multi/hrtimer_nanosl?ep") func kprobe_multi(_ c: ProbeContext) -> Int32 {
  countOwn(c.argument(0))
}
@section("kprobe.session/hrtimer_nanosl?ep") func kprobe_session(_ c: ProbeContext) -> Int32 {
  countOwn(c.argument(0))
}
@section("kretsyscall/getppid") func kretsyscall(_ c: ProbeContext) -> Int32 { countOwn(c.result) }
@section("fentry/security_file_open") func fentry(_ c: FunctionContext) -> Int32 {
  countOwn(c.argument(0) == 0 ? 0 : 1)
}
@section("fexit/security_file_open") func fexit(_ c: FunctionContext) -> Int32 { countOwn(c.argument(1)) }
@section("fmod_ret/security_file_open") func fmod_ret(_ c: FunctionContext) -> Int32 {
  countOwn(c.argument(0) == 0 ? 0 : 1)
}
@section("fsession/security_file_open") func fsession(_ c: FunctionContext) -> Int32 {
  countOwn(c.argument(0) == 0 ? 0 : 1)
}
@section("lsm/file_open") func lsm(_ c: LSMContext) -> Int32 { countOwn(c.argument(0) == 0 ? 0 : 1) }
@section("lsm_cgroup/socket_create") func lsm_cgroup(_ c: LSMContext) -> Int32 {
  count(c.argument(0))
  return 1
}

// MARK: - Others

@section("iter/task") func iter(_ c: IteratorContext) -> Int32 {
  if c.object() != 0 {
    count(1)
    c.write(UInt64(4711))
  }
  return 0
}
@section("syscall") func on_syscall(_ c: SyscallContext<UInt64>) -> Int32 {
  c.arguments &+= 1
  count(c.arguments)
  return 3
}

// The operations of the congestion control in Kinds.bpf.c.
@section("struct_ops/start") func start(_ c: StructOpsContext) -> Int32 {
  count(c.argument(0) == 0 ? 0 : 1)
  return 0
}
@section("struct_ops/threshold") func threshold(_ c: StructOpsContext) -> Int32 { 2 }
@section("struct_ops/undo") func undo(_ c: StructOpsContext) -> Int32 { 2 }
@section("struct_ops/avoid") func avoid(_ c: StructOpsContext) -> Int32 { 0 }
