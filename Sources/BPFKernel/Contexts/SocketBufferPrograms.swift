//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The context of a socket filter, section `socket`: a packet for a socket (`struct __sk_buff`, Linux 3.19).
///
/// The program returns the number of bytes that the socket receives; 0 drops the packet.
@safe public struct SocketFilterContext: SocketBufferContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}

/// The context of a program at packets of a control group, sections `cgroup_skb/ingress` and `cgroup_skb/egress`
/// (`struct __sk_buff`, Linux 4.10).
@safe public struct CgroupSKBContext: SocketBufferContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The packet's first bytes, from its IP header on (Linux 5.0).
  @inline(__always)
  public var packet: Packet { unsafe Packet(pointer) }
}

/// The context of a program at a stream of a socket map, sections `sk_skb/stream_parser` and `sk_skb/stream_verdict`
/// (`struct __sk_buff`, Linux 4.14).
@safe public struct SKBuffContext: SocketBufferContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The packet's first bytes.
  @inline(__always)
  public var packet: Packet { unsafe Packet(pointer) }
}

/// The context of a program at a route, sections `lwt_in`, `lwt_out`, `lwt_xmit` (Linux 4.10) and `lwt_seg6local` (Linux 4.18)
/// (`struct __sk_buff`).
@safe public struct LWTContext: SocketBufferContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The packet's first bytes, from its IP header on.
  @inline(__always)
  public var packet: Packet { unsafe Packet(pointer) }
}

/// The context of a program that finds the headers of packets for a network namespace, section `flow_dissector`
/// (`struct __sk_buff`, Linux 4.20).
@safe public struct FlowDissectorContext: ProgramContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The packet's first bytes. The header to dissect begins at ``networkHeaderOffset``.
  @inline(__always)
  public var packet: Packet { unsafe Packet(pointer) }

  @inline(__always)
  @unsafe private var keys: UnsafeMutablePointer<bpf_flow_keys> {
    unsafe pointer.pointee.flow_keys.unsafelyUnwrapped
  }

  /// The offset of the network header (`nhoff`).
  @inline(__always)
  public var networkHeaderOffset: UInt16 {
    get { unsafe keys.pointee.nhoff }
    nonmutating set { unsafe keys.pointee.nhoff = newValue }
  }

  /// The offset of the transport header (`thoff`).
  @inline(__always)
  public var transportHeaderOffset: UInt16 {
    get { unsafe keys.pointee.thoff }
    nonmutating set { unsafe keys.pointee.thoff = newValue }
  }

  /// The protocol of the packet (`n_proto`): an EtherType.
  @inline(__always)
  public var etherType: EtherType {
    get { EtherType(bigEndian: unsafe keys.pointee.n_proto) }
    nonmutating set { unsafe keys.pointee.n_proto = newValue.bigEndian }
  }

  /// The transport protocol (`ip_proto`).
  @inline(__always)
  public var transport: IPProtocol {
    get { IPProtocol(rawValue: unsafe keys.pointee.ip_proto) }
    nonmutating set { unsafe keys.pointee.ip_proto = newValue.rawValue }
  }

  /// The ports, of TCP or UDP (`sport`, `dport`).
  @inline(__always)
  public var ports: (source: UInt16, destination: UInt16) {
    get { (UInt16(bigEndian: unsafe keys.pointee.sport), UInt16(bigEndian: unsafe keys.pointee.dport)) }
    nonmutating set {
      unsafe keys.pointee.sport = newValue.source.bigEndian
      unsafe keys.pointee.dport = newValue.destination.bigEndian
    }
  }
}

/// The context of a program at a hook of netfilter, section `netfilter` (`struct bpf_nf_ctx`, Linux 6.4): the addresses of the
/// hook's state and of the packet, whose types the verifier knows.
@safe public struct NetfilterContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The address of the `struct nf_hook_state`.
  @inline(__always)
  public var state: UInt { UInt(truncatingIfNeeded: argument(0)) }

  /// The address of the `struct sk_buff`.
  @inline(__always)
  public var packet: UInt { UInt(truncatingIfNeeded: argument(1)) }
}

/// The result of a program at a route (`enum bpf_ret_code`).
public struct LWTAction: RawRepresentable, Equatable, Sendable {
  /// The number that the program returns.
  public let rawValue: Int32

  /// Creates a result from its number.
  @inline(__always)
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Passes the packet (`BPF_OK`).
  @inline(__always) public static var pass: LWTAction { LWTAction(rawValue: 0) }
  /// Drops the packet (`BPF_DROP`).
  @inline(__always) public static var drop: LWTAction { LWTAction(rawValue: 2) }
  /// Sends the packet to the target of a preceding redirect, in the sections `lwt_xmit` and `lwt_seg6local` (`BPF_REDIRECT`).
  @inline(__always) public static var redirect: LWTAction { LWTAction(rawValue: 7) }
  /// Looks up the route of the packet again, after a change of its header (`BPF_LWT_REROUTE`, Linux 5.1).
  @inline(__always) public static var reroute: LWTAction { LWTAction(rawValue: 128) }
}

/// The result of a program that permits or denies: packets, sockets and operations of a control group.
public struct Permission: RawRepresentable, Equatable, Sendable {
  /// The number that the program returns.
  public let rawValue: Int32

  /// Creates a result from its number.
  @inline(__always)
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Denies the operation: drops the packet, or fails the system call with `EPERM`.
  @inline(__always) public static var deny: Permission { Permission(rawValue: 0) }
  /// Permits the operation.
  @inline(__always) public static var allow: Permission { Permission(rawValue: 1) }
}
