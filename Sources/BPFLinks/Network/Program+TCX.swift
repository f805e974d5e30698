//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to the packets that a network interface receives or sends, in an order with other programs
  /// (tcx).
  ///
  /// Before Linux 6.6 see ``attach(toClsactOf:_:priority:)``.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.6. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - direction: packets that it receives, or sends.
  ///   - order: the program's place among others.
  ///   - revision: the number of changes that the list of programs must have seen, or the program is not attached; 0 if
  ///     it does not matter.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface, or the program that `order` names is
  ///   not there, `BPFError.Code.changed` if the list has changed, `BPFError.Code.wrongObject` for a program of another
  ///   type than `sched_cls`, `BPFError.Code.unsupported` before Linux 6.6, `BPFError.Code.permissionDenied`.
  public func attach(
    toTCXOf interface: NetworkInterface, _ direction: TrafficDirection, order: AttachOrder = .any,
    revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      to: AttachTarget("\(direction) of the network interface \(interface)", .schedCLS, since: "Linux 6.6"),
      interface, direction == .ingress ? .tcxIngress : .tcxEgress, order, revision)
  }

  /// Attaches the program to what goes from one end of a pair of network interfaces to the other (netkit).
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.7. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the primary interface of the pair, of kind netkit.
  ///   - isPeer: whether the program sees what the other interface sends, not what this one does.
  ///   - order: the program's place among others.
  ///   - revision: the number of changes that the list of programs must have seen; 0 if it does not matter.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as ``attach(toTCXOf:_:order:revision:)``; `BPFError.Code.notFound` if the interface is no
  ///   netkit, `BPFError.Code.unsupported` if this kernel has none.
  public func attach(
    toNetkit interface: NetworkInterface, peer isPeer: Bool, order: AttachOrder = .any, revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    var place = AttachTarget(
      "the \(isPeer ? "peer" : "primary") side of netkit \(interface)", .schedCLS, since: "Linux 6.7")
    place.causes = [
      .invalidArgument: (
        .unsupported,
        "this kernel attaches no programs to netkit, or not like this: \(KernelRelease.requirement("6.7")) (CONFIG_NETKIT)"
      ),
      .noSuchAddressOrDevice: (.notFound, "the interface is no netkit"),
      .permissionDenied: (.invalidArgument, "programs are attached to both sides at the primary interface"),
    ]
    return try attach(to: place, interface, isPeer ? .netkitPeer : .netkitPrimary, order, revision)
  }

  private func attach(
    to place: AttachTarget, _ interface: NetworkInterface, _ type: AttachType, _ order: AttachOrder,
    _ revision: UInt64
  ) throws(BPFError) -> Link {
    let index = try interface.number(for: subject)
    return try order.withFlags { (flags, relative) throws(BPFError) in
      try place.link(self) { (program) throws(Errno) in
        var creation = BPFCommand.LinkCreation(program, attachType: type.rawValue)
        (creation.target, creation.flags) = (index, flags)
        return try BPFCommand.linkCreate(creation, relative: relative, expectedRevision: revision)
      }
    }
  }
}
