//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The context of an XDP program, section `xdp`: a packet that a network device received (`struct xdp_md`, Linux 4.8).
@safe public struct XDPContext: ProgramContext {
  let pointer: UnsafePointer<xdp_md>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(mutating: pointer) }

  /// The packet, from its Ethernet header on. Read it again after ``adjustHead(by:)`` and the like.
  @inline(__always)
  public var packet: Packet {
    unsafe Packet(
      start: bpfkernel_xdp_start(pointer).unsafelyUnwrapped, end: bpfkernel_xdp_end(pointer).unsafelyUnwrapped
    )
  }

  /// The index of the network device.
  @inline(__always)
  public var interfaceIndex: UInt32 { unsafe pointer.pointee.ingress_ifindex }

  /// The index of the device's queue.
  @inline(__always)
  public var queueIndex: UInt32 { unsafe pointer.pointee.rx_queue_index }

  /// Moves the packet's start: a negative number makes space for a header (`bpf_xdp_adjust_head`, Linux 4.10). Returns
  /// whether it did.
  @inline(__always)
  public func adjustHead(by bytes: Int32) -> Bool {
    requireKernel()
    return unsafe bpf_xdp_adjust_head(UnsafeMutablePointer(mutating: pointer), bytes) == 0
  }

  /// Moves the packet's end (`bpf_xdp_adjust_tail`, Linux 4.18). Returns whether it did.
  @inline(__always)
  public func adjustTail(by bytes: Int32) -> Bool {
    requireKernel()
    return unsafe bpf_xdp_adjust_tail(UnsafeMutablePointer(mutating: pointer), bytes) == 0
  }

  /// Returns the action that sends the packet to a network device, as the program's result (`bpf_redirect`,
  /// Linux 4.14).
  @inline(__always)
  public func redirect(toInterface index: UInt32) -> XDPAction {
    requireKernel()
    return XDPAction(rawValue: Int32(truncatingIfNeeded: bpf_redirect(index, 0)))
  }
}

/// The result of an XDP program: what becomes of the packet.
public struct XDPAction: RawRepresentable, Equatable, Sendable {
  /// The number in `enum xdp_action`.
  public let rawValue: Int32

  /// Creates an action from its number.
  @inline(__always)
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Drops the packet and reports an error to the tracepoint `xdp:xdp_exception`.
  @inline(__always) public static var aborted: XDPAction { XDPAction(rawValue: 0) }
  /// Drops the packet.
  @inline(__always) public static var drop: XDPAction { XDPAction(rawValue: 1) }
  /// Passes the packet to the network stack.
  @inline(__always) public static var pass: XDPAction { XDPAction(rawValue: 2) }
  /// Sends the packet back through the device that received it (`XDP_TX`).
  @inline(__always) public static var tx: XDPAction { XDPAction(rawValue: 3) }
  /// Sends the packet to the target of a preceding redirect.
  @inline(__always) public static var redirect: XDPAction { XDPAction(rawValue: 4) }
}
