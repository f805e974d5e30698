//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// A netfilter hook.
public struct NetfilterHook: Hashable, Sendable {
  /// A protocol family.
  @nonexhaustive
  public enum Family: UInt32, Sendable {
    /// IPv4. `NFPROTO_IPV4`.
    case ipv4 = 2
    /// IPv6. `NFPROTO_IPV6`.
    case ipv6 = 10
  }

  /// A point on a packet's path. `enum nf_inet_hooks`.
  @nonexhaustive
  public enum Point: UInt32, Sendable {
    /// Incoming packets, before the routing decision.
    case preRouting = 0
    /// Packets addressed to this machine.
    case localIn = 1
    /// Packets that this machine forwards.
    case forward = 2
    /// Packets that this machine sends.
    case localOut = 3
    /// Packets that are about to leave this machine, sent or forwarded.
    case postRouting = 4
  }

  /// The packets' protocol family.
  public var family: Family

  /// The point on the packets' path.
  public var point: Point

  /// The program's position among the hook's programs and rules: lower priorities run first. The kernel reserves the
  /// lowest and the highest number.
  public var priority: Int32

  /// Whether the kernel reassembles fragmented packets first, which requires a priority above -400.
  /// `BPF_F_NETFILTER_IP_DEFRAG`, Linux 6.6.
  public var defragments: Bool

  /// Creates a hook.
  public init(_ family: Family, _ point: Point, priority: Int32, defragments: Bool = false) {
    (self.family, self.point, self.priority, self.defragments) = (family, point, priority, defragments)
  }
}

extension Program {
  /// Attaches the program to a netfilter hook in the calling thread's network namespace.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.4. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameter hook: the hook and the priority.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the hook has a program of this priority;
  ///   `BPFError.Code.invalidArgument` for a reserved priority; `BPFError.Code.wrongObject` for a program of another
  ///   type than `netfilter`; `BPFError.Code.permissionDenied`.
  public func attach(toNetfilter hook: NetfilterHook) throws(BPFError) -> Link {
    let target = AttachTarget(
      "netfilter hook \(hook.point) of \(hook.family), priority \(hook.priority)", .netfilter,
      since: "Linux 6.4",
      causes: [
        .outOfRange: (.invalidArgument, "priority \(hook.priority) is reserved"),
        .resourceBusy: (.alreadyExists, "the hook has another program of priority \(hook.priority)"),
      ])
    return try target.link(self) { (program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, attachType: AttachType.netfilter.rawValue),
        family: hook.family.rawValue, hook: hook.point.rawValue, priority: hook.priority,
        netfilterFlags: hook.defragments ? 1 : 0)
    }
  }
}
