//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// The point on a packet's path at which an XDP program runs.
public enum XDPMode: UInt32, Sendable {
  /// The kernel's choice: in the driver if it supports XDP, otherwise ``generic``.
  case automatic = 0
  /// After the kernel has allocated a packet buffer: works at every interface, but slower. `XDP_FLAGS_SKB_MODE`.
  case generic = 2
  /// In the driver. `XDP_FLAGS_DRV_MODE`.
  case native = 4
  /// In the device. `XDP_FLAGS_HW_MODE`.
  case offloaded = 8
}

extension Program {
  /// Attaches the program to a network interface. The program runs before the kernel processes an incoming packet.
  ///
  /// An interface has one program per mode. Before Linux 5.9, which introduced XDP links, attaches with rtnetlink(7).
  /// The program then stays attached if the process dies before it releases the returned object.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.8. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - mode: the point on the packet's path.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface; `BPFError.Code.alreadyExists` if it
  ///   has a program; `BPFError.Code.unsupported` if the driver does not support the mode; `BPFError.Code.wrongObject`
  ///   for a program of another type than `xdp`; `BPFError.Code.permissionDenied`.
  public func attach(
    toXDPOf interface: NetworkInterface, mode: XDPMode = .automatic
  ) throws(BPFError) -> Link {
    let hook = xdpHook(interface, mode)
    let index = try interface.number(for: subject)
    do throws(BPFError) {
      return try hook.link(self) { (program) throws(Errno) in
        var creation = BPFCommand.LinkCreation(program, attachType: AttachType.xdp.rawValue)
        (creation.target, creation.flags) = (index, mode.rawValue)
        return try BPFCommand.linkCreate(creation)
      }
    } catch {
      // Before 5.9, the kernel has no BPF_LINK_CREATE, or no XDP links.
      guard error.errno == .invalidArgument else { throw error }
      return try attachByNetlink(toXDPOf: interface, mode: mode)
    }
  }

  /// Attaches the program to a network interface with rtnetlink(7), as on kernels without XDP links.
  ///
  /// - Parameter isRemovalAtomic: whether the kernel compares the programs on removal, as since Linux 5.7.
  package func attachByNetlink(
    toXDPOf interface: NetworkInterface, mode: XDPMode, isRemovalAtomic: Bool = true
  ) throws(BPFError) -> Link {
    let hook = xdpHook(interface, mode)
    try hook.check(self)
    let index = try interface.number(for: subject)
    let copy = try duplicate()
    do throws(RouteNetlink.Refusal) {
      // The socket stays in the interface's network namespace, even if this thread moves to another.
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
      return Link(attachment, to: hook.description, program: id)
    } catch {
      throw hook.failure(self, error)
    }
  }

  private func xdpHook(_ interface: NetworkInterface, _ mode: XDPMode) -> AttachTarget {
    AttachTarget(
      "XDP of the network interface \(interface)", .xdp, since: "Linux 4.8",
      causes: [
        .notSupported: (
          .unsupported, "the driver of the network interface \(interface) does not support this XDP mode"
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
