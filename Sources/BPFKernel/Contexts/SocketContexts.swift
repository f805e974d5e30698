//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel
public import NetworkTypes

/// The context of a program at the operations of TCP sockets, section `sockops` (`struct bpf_sock_ops`, Linux 4.13).
@safe public struct SockOpsContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sock_ops>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The operation (`BPF_SOCK_OPS_*`).
  @inline(__always)
  public var operation: UInt32 { unsafe pointer.pointee.op }

  /// The address family, such as 2 for `AF_INET`.
  @inline(__always)
  public var family: UInt32 { unsafe pointer.pointee.family }

  /// The local port.
  @inline(__always)
  public var localPort: UInt16 { unsafe port(&pointer.pointee.local_port) }

  /// The remote port.
  @inline(__always)
  public var remotePort: UInt16 {
    UInt16(truncatingIfNeeded: unsafe bpfkernel_volatile_u32(&pointer.pointee.remote_port).byteSwapped)
  }

  /// The local address of an IPv4 socket.
  @inline(__always)
  public var localAddress: IPv4Address { IPv4Address(UInt32(bigEndian: unsafe pointer.pointee.local_ip4)) }

  /// The remote address of an IPv4 socket.
  @inline(__always)
  public var remoteAddress: IPv4Address { IPv4Address(UInt32(bigEndian: unsafe pointer.pointee.remote_ip4)) }

  /// Sets the answer to an operation that asks for a number (`reply`).
  @inline(__always)
  public func reply(_ number: UInt32) { unsafe pointer.pointee.reply = number }

  /// Selects further operations that the program is called for (`bpf_sock_ops_cb_flags_set`, Linux 4.16).
  @inline(__always)
  public func setCallbackFlags(_ flags: Int32) {
    requireKernel()
    _ = unsafe bpf_sock_ops_cb_flags_set(pointer, flags)
  }
}

/// Returns the port in a field of 32 bits. The verifier refuses a load of only the half that has it.
@inline(__always)
@unsafe private func port(_ field: UnsafePointer<UInt32>) -> UInt16 {
  UInt16(truncatingIfNeeded: unsafe bpfkernel_volatile_u32(field))
}

/// The context of a program at messages of a socket map, section `sk_msg` (`struct sk_msg_md`, Linux 4.17).
@safe public struct SKMessageContext: ProgramContext {
  let pointer: UnsafeMutablePointer<sk_msg_md>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The number of bytes of the message.
  @inline(__always)
  public var size: UInt32 { unsafe pointer.pointee.size }

  /// The local port.
  @inline(__always)
  public var localPort: UInt16 { unsafe port(&pointer.pointee.local_port) }
}

/// The context of a program that selects a socket of a reuseport group, section `sk_reuseport`
/// (`struct sk_reuseport_md`, Linux 4.19).
@safe public struct SKReuseportContext: ProgramContext {
  let pointer: UnsafeMutablePointer<sk_reuseport_md>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The number of bytes of the packet, from its transport header on.
  @inline(__always)
  public var length: UInt32 { unsafe pointer.pointee.len }

  /// The hash of the packet's addresses and ports.
  @inline(__always)
  public var hash: UInt32 { unsafe pointer.pointee.hash }
}

/// The context of a program that selects the socket for a packet, section `sk_lookup` (`struct bpf_sk_lookup`,
/// Linux 5.9).
@safe public struct SKLookupContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sk_lookup>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The address family, such as 2 for `AF_INET`.
  @inline(__always)
  public var family: UInt32 { unsafe pointer.pointee.family }

  /// The protocol, such as 6 for TCP.
  @inline(__always)
  public var `protocol`: UInt32 { unsafe pointer.pointee.protocol }

  /// The destination port.
  @inline(__always)
  public var localPort: UInt16 { unsafe port(&pointer.pointee.local_port) }
}

/// The context of a program at addresses of sockets of a control group, sections `cgroup/connect4`, `cgroup/bind4` and the
/// like (`struct bpf_sock_addr`, Linux 4.17).
@safe public struct SocketAddressContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sock_addr>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The address family, such as 2 for `AF_INET`.
  @inline(__always)
  public var family: UInt32 { unsafe pointer.pointee.user_family }

  /// The IPv4 address that the process gave.
  @inline(__always)
  public var address: IPv4Address {
    get { IPv4Address(UInt32(bigEndian: unsafe pointer.pointee.user_ip4)) }
    nonmutating set { unsafe pointer.pointee.user_ip4 = newValue.number.bigEndian }
  }

  /// The port that the process gave.
  @inline(__always)
  public var port: UInt16 {
    get { UInt16(bigEndian: UInt16(truncatingIfNeeded: unsafe pointer.pointee.user_port)) }
    nonmutating set { unsafe pointer.pointee.user_port = UInt32(newValue.bigEndian) }
  }
}

/// The context of a program at sockets of a control group, sections `cgroup/sock_create`, `cgroup/post_bind4` and the like
/// (`struct bpf_sock`, Linux 4.10).
@safe public struct SocketContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sock>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The address family, such as 2 for `AF_INET`.
  @inline(__always)
  public var family: UInt32 { unsafe pointer.pointee.family }

  /// The type, such as 1 for `SOCK_STREAM`.
  @inline(__always)
  public var type: UInt32 { unsafe pointer.pointee.type }

  /// The protocol, such as 6 for TCP.
  @inline(__always)
  public var `protocol`: UInt32 { unsafe pointer.pointee.protocol }

  /// The mark (`SO_MARK`).
  @inline(__always)
  public var mark: UInt32 {
    get { unsafe pointer.pointee.mark }
    nonmutating set { unsafe pointer.pointee.mark = newValue }
  }
}

/// The result of a program that decides on a socket or a message (`enum sk_action`).
public struct SKAction: RawRepresentable, Equatable, Sendable {
  /// The number that the program returns.
  public let rawValue: Int32

  /// Creates a result from its number.
  @inline(__always)
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Drops the packet or message (`SK_DROP`).
  @inline(__always) public static var drop: SKAction { SKAction(rawValue: 0) }
  /// Passes the packet or message (`SK_PASS`).
  @inline(__always) public static var pass: SKAction { SKAction(rawValue: 1) }
}
