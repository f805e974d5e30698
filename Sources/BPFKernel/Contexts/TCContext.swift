//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The context of a traffic control program (`struct __sk_buff`), sections `tc` (Linux 4.1), `tcx/ingress` and `tcx/egress`
/// (Linux 6.6), and `netkit/primary` and `netkit/peer` (Linux 6.7). ``packet`` takes Linux 4.7.
@safe public struct TCContext: SocketBufferContext {
  let pointer: UnsafeMutablePointer<__sk_buff>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The packet's first bytes, from its Ethernet header on. Call ``pull(_:)`` if they are fewer than you need, and read
  /// this again after each change of the packet.
  @inline(__always)
  public var packet: Packet { unsafe Packet(pointer) }

  /// The packet's mark (`SO_MARK`).
  @inline(__always)
  public var mark: UInt32 {
    get { unsafe pointer.pointee.mark }
    nonmutating set { unsafe pointer.pointee.mark = newValue }
  }

  /// The packet's priority.
  @inline(__always)
  public var priority: UInt32 {
    get { unsafe pointer.pointee.priority }
    nonmutating set { unsafe pointer.pointee.priority = newValue }
  }

  /// The packet's queue (`queue_mapping`).
  @inline(__always)
  public var queueMapping: UInt32 {
    get { unsafe pointer.pointee.queue_mapping }
    nonmutating set { unsafe pointer.pointee.queue_mapping = newValue }
  }

  /// Makes the given number of bytes, or all with 0, part of ``packet`` (`bpf_skb_pull_data`, Linux 4.9). Returns whether it
  /// did: the packet may be shorter.
  @inline(__always) @discardableResult
  public func pull(_ bytes: UInt32 = 0) -> Bool {
    requireKernel()
    return unsafe bpf_skb_pull_data(pointer, bytes) == 0
  }

  /// Writes a value at an offset (`bpf_skb_store_bytes`, Linux 4.1). Returns whether it did.
  @inline(__always) @discardableResult
  public func store<T: BitwiseCopyable>(_ value: T, at offset: UInt32, updatesChecksum: Bool = false) -> Bool
  {
    requireKernel()
    return unsafe withZeroedCopy(of: value) { value in
      unsafe bpf_skb_store_bytes(
        pointer, offset, value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), updatesChecksum ? 1 : 0)
        == 0
    }
  }

  /// Returns the action that sends the packet to a network device, as the program's result (`bpf_redirect`, Linux 4.4):
  /// to its receive queue with `ingress`.
  @inline(__always)
  public func redirect(toInterface index: UInt32, ingress: Bool = false) -> TCAction {
    requireKernel()
    return TCAction(rawValue: Int32(truncatingIfNeeded: bpf_redirect(index, ingress ? 1 : 0)))
  }

  /// Sends a copy of the packet to a network device (`bpf_clone_redirect`, Linux 4.2). Returns whether it did.
  @inline(__always) @discardableResult
  public func redirectClone(toInterface index: UInt32, ingress: Bool = false) -> Bool {
    requireKernel()
    return unsafe bpf_clone_redirect(pointer, index, ingress ? 1 : 0) == 0
  }
}

/// The result of a traffic control program (`TC_ACT_*`; the first four are also `TCX_*`).
public struct TCAction: RawRepresentable, Equatable, Sendable {
  /// The number that the program returns.
  public let rawValue: Int32

  /// Creates a result from its number.
  @inline(__always)
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Continues with the next program, or as the packet's class says (`TCX_NEXT`, `TC_ACT_UNSPEC`).
  @inline(__always) public static var next: TCAction { TCAction(rawValue: -1) }
  /// Passes the packet (`TC_ACT_OK`).
  @inline(__always) public static var pass: TCAction { TCAction(rawValue: 0) }
  /// Starts the classification again (`TC_ACT_RECLASSIFY`).
  @inline(__always) public static var reclassify: TCAction { TCAction(rawValue: 1) }
  /// Drops the packet (`TC_ACT_SHOT`).
  @inline(__always) public static var drop: TCAction { TCAction(rawValue: 2) }
  /// Continues with the next action (`TC_ACT_PIPE`).
  @inline(__always) public static var pipe: TCAction { TCAction(rawValue: 3) }
  /// Takes the packet without an error (`TC_ACT_STOLEN`).
  @inline(__always) public static var stolen: TCAction { TCAction(rawValue: 4) }
  /// Sends the packet to the target of a preceding redirect (`TC_ACT_REDIRECT`).
  @inline(__always) public static var redirect: TCAction { TCAction(rawValue: 7) }
}
