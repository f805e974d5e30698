//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// A hook of netfilter.
public struct NetfilterHook: Hashable, Sendable {
  /// Which packets.
  public enum Family: UInt32, Sendable {
    /// IPv4. `NFPROTO_IPV4`.
    case ipv4 = 2
    /// IPv6. `NFPROTO_IPV6`.
    case ipv6 = 10
  }

  /// Where on their way. `enum nf_inet_hooks`.
  public enum Point: UInt32, Sendable {
    /// Before it is decided where a received packet goes.
    case preRouting = 0
    /// Packets for this machine.
    case localIn = 1
    /// Packets for others.
    case forward = 2
    /// Packets from this machine.
    case localOut = 3
    /// Just before packets are sent.
    case postRouting = 4
  }

  /// Which packets.
  public var family: Family

  /// Where on their way.
  public var point: Point

  /// The program's place among programs and rules there: lower ones are first. Neither the lowest nor the highest number
  /// can be had.
  public var priority: Int32

  /// Whether packets that came in pieces are put together first, which takes a priority above -400.
  /// `BPF_F_NETFILTER_IP_DEFRAG`, Linux 6.6.
  public var defragments: Bool

  /// A hook.
  public init(_ family: Family, _ point: Point, priority: Int32, defragments: Bool = false) {
    (self.family, self.point, self.priority, self.defragments) = (family, point, priority, defragments)
  }
}

extension Program {
  /// Attaches the program to a hook of netfilter, in the calling thread's network namespace.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.4. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameter hook: where, and when among others.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if a program of this priority is there,
  ///   `BPFError.Code.invalidArgument` for a priority that cannot be had, `BPFError.Code.wrongObject` for a program of
  ///   another type than `netfilter`, `BPFError.Code.permissionDenied`.
  public func attach(toNetfilter hook: NetfilterHook) throws(BPFError) -> Link {
    let place = AttachTarget(
      "netfilter's hook \(hook.point) of \(hook.family), priority \(hook.priority)", .netfilter,
      since: "Linux 6.4",
      causes: [
        .outOfRange: (.invalidArgument, "priority \(hook.priority) cannot be had"),
        .resourceBusy: (.alreadyExists, "another program has priority \(hook.priority) there"),
      ])
    return try place.link(self) { (program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, attachType: AttachType.netfilter.rawValue),
        family: hook.family.rawValue, hook: hook.point.rawValue, priority: hook.priority,
        netfilterFlags: hook.defragments ? 1 : 0)
    }
  }
}
