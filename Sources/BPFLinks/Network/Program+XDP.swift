//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// Where on a packet's way an XDP program runs.
public enum XDPMode: UInt32, Sendable {
  /// The kernel's choice: in the driver if it can, else as ``generic``.
  case automatic = 0
  /// After the kernel has made a buffer of the packet: at every interface, and slower. `XDP_FLAGS_SKB_MODE`.
  case generic = 2
  /// In the driver. `XDP_FLAGS_DRV_MODE`.
  case native = 4
  /// In the device. `XDP_FLAGS_HW_MODE`.
  case offloaded = 8
}

extension Program {
  /// Attaches the program to a network interface, before the kernel touches a packet that is received.
  ///
  /// An interface has one program of a mode. Before Linux 5.9, which brought links to XDP, it is attached by rtnetlink(7):
  /// it then stays when the process dies, unless it ends this object first.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.8. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - mode: where on the packet's way it runs.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface, `BPFError.Code.alreadyExists` if it has
  ///   a program, `BPFError.Code.unsupported` if the driver has no such mode, `BPFError.Code.wrongObject` for a program of
  ///   another type than `xdp`, `BPFError.Code.permissionDenied`.
  public func attach(
    toXDPOf interface: NetworkInterface, mode: XDPMode = .automatic
  ) throws(BPFError) -> Link {
    let place = xdpPlace(interface, mode)
    let index = try interface.number(for: subject)
    do throws(BPFError) {
      return try place.link(self) { (program) throws(Errno) in
        var creation = BPFCommand.LinkCreation(program, attachType: AttachType.xdp.rawValue)
        (creation.target, creation.flags) = (index, mode.rawValue)
        return try BPFCommand.linkCreate(creation)
      }
    } catch {
      // No such command, or no such place for a link, before 5.9.
      guard error.errno == .invalidArgument else { throw error }
      return try attachByNetlink(toXDPOf: interface, mode: mode)
    }
  }

  /// Attaches the program to a network interface by rtnetlink(7), as before there were links.
  ///
  /// - Parameter isRemovalAtomic: whether the kernel compares the programs when this one is removed, as since Linux 5.7.
  package func attachByNetlink(
    toXDPOf interface: NetworkInterface, mode: XDPMode, isRemovalAtomic: Bool = true
  ) throws(BPFError) -> Link {
    let place = xdpPlace(interface, mode)
    try place.check(self)
    let index = try interface.number(for: subject)
    let copy = try duplicate()
    do throws(RouteNetlink.Refusal) {
      // The socket stays in the network namespace of the interface, wherever this thread goes.
      let netlink = try RouteNetlink()
      try withFileDescriptor { (program) throws(RouteNetlink.Refusal) in
        try netlink.addXDP(interface: index, mode: mode.rawValue, program: program)
      }
      let attachment = DirectAttachment { () throws(Errno) in
        do throws(RouteNetlink.Refusal) {
          return Detachment(
            try copy.withFileDescriptor { (program) throws(RouteNetlink.Refusal) in
              try netlink.removeXDP(
                interface: index, mode: mode.rawValue, expected: program, id: copy.id.rawValue,
                isAtomic: isRemovalAtomic)
            })
        } catch {
          throw error.errno
        }
      }
      return Link(attachment, to: place.description, program: id)
    } catch {
      throw place.failure(self, error)
    }
  }

  private func xdpPlace(_ interface: NetworkInterface, _ mode: XDPMode) -> AttachTarget {
    AttachTarget(
      "XDP of the network interface \(interface)", .xdp, since: "Linux 4.8",
      causes: [
        .notSupported: (
          .unsupported, "the driver of the network interface \(interface) has no XDP of this mode"
        ),
        .resourceBusy: (
          .alreadyExists, "the network interface \(interface) has an XDP program, or one of another mode"
        ),
        .fileExists: (
          .alreadyExists, "the network interface \(interface) has an XDP program of another mode"
        ),
        .invalidArgument: (
          .invalidArgument, "the program or the mode does not fit the network interface \(interface)"
        ),
      ])
  }
}
