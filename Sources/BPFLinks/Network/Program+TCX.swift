//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a network interface's incoming or outgoing packets, in an order among other programs
  /// (tcx).
  ///
  /// Before Linux 6.6, use ``attach(toClsactOf:_:priority:)``.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.6. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - direction: the direction of the packets.
  ///   - order: the program's position among the hook's programs.
  ///   - revision: the expected ``AttachedPrograms/revision`` of the hook's program list; attaching fails with any
  ///     other. 0 for any revision.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface, or the program that `order` names is
  ///   not attached; `BPFError.Code.changed` if the list has another revision; `BPFError.Code.wrongObject` for a
  ///   program of another type than `sched_cls`; `BPFError.Code.unsupported` before Linux 6.6;
  ///   `BPFError.Code.permissionDenied`.
  public func attach(
    toTCXOf interface: NetworkInterface, _ direction: TrafficDirection, order: AttachOrder = .any,
    revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      to: AttachTarget("\(direction) of the network interface \(interface)", .schedCLS, since: "Linux 6.6"),
      interface, direction == .ingress ? .tcxIngress : .tcxEgress, order, revision)
  }

  /// Attaches the program to a netkit device, for packets that pass between the two interfaces of its pair.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.7. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the pair's primary interface, a netkit device.
  ///   - isPeer: whether the program sees the packets that the peer sends, instead of those of the primary interface.
  ///   - order: the program's position among the hook's programs.
  ///   - revision: the expected revision of the hook's program list; 0 for any revision.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as ``attach(toTCXOf:_:order:revision:)``; `BPFError.Code.notFound` if the interface is not a
  ///   netkit device; `BPFError.Code.unsupported` if this kernel has no netkit.
  public func attach(
    toNetkit interface: NetworkInterface, peer isPeer: Bool, order: AttachOrder = .any, revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    var hook = AttachTarget(
      "the \(isPeer ? "peer" : "primary") side of netkit \(interface)", .schedCLS, since: "Linux 6.7")
    hook.causes = [
      .invalidArgument: (
        .unsupported,
        "this kernel cannot attach programs to netkit, or not like this: \(KernelRelease.requirement("6.7")) (CONFIG_NETKIT)"
      ),
      .noSuchAddressOrDevice: (.notFound, "the interface is not a netkit device"),
      .permissionDenied: (.invalidArgument, "programs for both sides attach to the primary interface"),
    ]
    return try attach(to: hook, interface, isPeer ? .netkitPeer : .netkitPrimary, order, revision)
  }

  private func attach(
    to hook: AttachTarget, _ interface: NetworkInterface, _ type: AttachType, _ order: AttachOrder,
    _ revision: UInt64
  ) throws(BPFError) -> Link {
    let index = try interface.number(for: subject)
    var hook = hook
    hook.expect(revision)
    return try order.withFlags { (flags, relative) throws(BPFError) in
      try hook.link(self) { (program) throws(Errno) in
        var creation = BPFCommand.LinkCreation(program, attachType: type.rawValue)
        (creation.target, creation.flags) = (index, flags)
        return try BPFCommand.linkCreate(creation, relative: relative, expectedRevision: revision)
      }
    }
  }
}
