//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension AttachedPrograms {
  /// Lists the tcx programs of a network interface, in the order in which they run. See
  /// `Program.attach(toTCXOf:_:order:revision:)`.
  ///
  /// The list does not contain classifiers of a clsact qdisc, which run after these programs.
  ///
  /// System calls: one, `BPF_PROG_QUERY`. Linux 6.6. Capability: `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - direction: the direction of the packets.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface; `BPFError.Code.unsupported` before
  ///   Linux 6.6; `BPFError.Code.permissionDenied`.
  public init(toTCXOf interface: NetworkInterface, _ direction: TrafficDirection) throws(BPFError) {
    let hook = ListedHook(
      "\(direction) of the network interface \(interface)", direction == .ingress ? .tcxIngress : .tcxEgress,
      since: "6.6", causes: interface.causes)
    var query = BPFCommand.ProgramQuery(
      target: try interface.number(.listAttached), attachType: hook.attachType.rawValue)
    query.includesLinks = true
    self = try hook.programs(query)
  }

  /// Lists the programs of one side of a netkit device, in the order in which they run. See
  /// `Program.attach(toNetkit:peer:order:revision:)`.
  ///
  /// System calls: one, `BPF_PROG_QUERY`. Linux 6.7. Capability: `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the pair's primary interface, a netkit device.
  ///   - isPeer: whether to list the programs that see the packets that the peer sends.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface, or it is not a netkit device;
  ///   `BPFError.Code.invalidArgument` for the peer's interface; `BPFError.Code.unsupported` if this kernel has no
  ///   netkit; `BPFError.Code.permissionDenied`.
  public init(toNetkit interface: NetworkInterface, peer isPeer: Bool) throws(BPFError) {
    var hook = ListedHook(
      "the \(isPeer ? "peer" : "primary") side of netkit \(interface)", isPeer ? .netkitPeer : .netkitPrimary,
      since: "6.7", causes: interface.causes)
    hook.causes[.invalidArgument] = (
      .unsupported, "this kernel has no netkit: \(KernelRelease.requirement("6.7")) (CONFIG_NETKIT)"
    )
    hook.causes[.noSuchAddressOrDevice] = (.notFound, "the interface is not a netkit device")
    hook.causes[.permissionDenied] = (
      .invalidArgument, "programs for both sides are attached to the primary interface"
    )
    var query = BPFCommand.ProgramQuery(
      target: try interface.number(.listAttached), attachType: hook.attachType.rawValue)
    query.includesLinks = true
    self = try hook.programs(query)
  }

  /// Lists the XDP programs of a network interface, at most one for each mode. See
  /// `Program.attach(toXDPOf:mode:)`.
  ///
  /// The kernel tells neither a revision nor the links: it answers by rtnetlink(7).
  ///
  /// System calls: socket(2), setsockopt(2) twice, send(2) and recv(2) of one request, close(2). Linux 4.13. No
  /// capability.
  ///
  /// - Parameter interface: the network interface.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface.
  public init(toXDPOf interface: NetworkInterface) throws(BPFError) {
    let index = try interface.number(.listAttached)
    let hook = ListedHook(
      "XDP of the network interface \(interface)", .xdp, since: "4.13", causes: interface.causes)
    do throws(RouteNetlink.Refusal) {
      let found = try RouteNetlink().xdpPrograms(interface: index, mode: 0)
      attachType = .xdp
      programs = found.map {
        AttachedProgram(
          programID: ProgramID(rawValue: $0.id), linkID: nil, flags: [], xdpMode: XDPMode(rawValue: $0.mode))
      }
      (flags, revision) = ([], nil)
    } catch {
      throw hook.failure(error.errno)
    }
  }

  /// Lists the programs of a network namespace. See `Program.attach(toNetworkNamespace:)`.
  ///
  /// System calls: one, `BPF_PROG_QUERY`. Linux 5.8; for `sk_lookup` 5.9. Capability: `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - namespace: an open descriptor of a network namespace, such as of /proc/self/ns/net.
  ///   - attachType: `.skLookup` or `.flowDissector`.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a descriptor of something else, or another attach type;
  ///   `BPFError.Code.permissionDenied`.
  public init(toNetworkNamespace namespace: FileDescriptor, for attachType: AttachType) throws(BPFError) {
    try self.init(namespace, "descriptor \(namespace.rawValue)", attachType)
  }

  /// Lists the programs of the network namespace at a path, such as /proc/self/ns/net or /run/netns/blue. See
  /// ``init(toNetworkNamespace:for:)-(FileDescriptor,_)``.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the path does not exist.
  public init(toNetworkNamespace path: FilePath, for attachType: AttachType) throws(BPFError) {
    let namespace = try OpenedTarget(path, .listAttached)
    try self.init(namespace.descriptor.borrowed, "'\(path)'", attachType)
  }

  private init(
    _ namespace: FileDescriptor, _ name: String, _ attachType: AttachType
  ) throws(BPFError) {
    let hook = ListedHook(
      "\(attachType) of the network namespace of \(name)", attachType,
      since: attachType.minimumKernelVersion ?? "5.8",
      causes: [
        .invalidArgument: (
          .invalidArgument,
          "\(name) is not a network namespace, or \(attachType) is not an attach type of network namespaces"
        ),
        .badFileDescriptor: (.invalidArgument, "\(name) is not open"),
      ])
    self = try hook.programs(BPFCommand.ProgramQuery(namespace, attachType: attachType.rawValue))
  }

  /// Lists the program of a socket map, if it has one. See `Program.attach(toSocketMap:for:)`.
  ///
  /// System calls: one, `BPF_PROG_QUERY`. Linux 5.18. Capability: `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - map: a map of type `sockmap` or `sockhash`.
  ///   - attachType: `.skMsgVerdict`, `.skSKBStreamParser`, `.skSKBStreamVerdict` or `.skSKBVerdict`.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a map of another type; `BPFError.Code.invalidArgument` for
  ///   another attach type; `BPFError.Code.unsupported` before Linux 5.18; `BPFError.Code.permissionDenied`.
  public init(toSocketMap map: MapHandle, for attachType: AttachType) throws(BPFError) {
    guard map.type == .sockMap || map.type == .sockHash else {
      throw BPFError(.listAttached, .wrongObject, "\(map) is not a socket map")
    }
    let isKnown = [.skMsgVerdict, .skSKBStreamParser, .skSKBStreamVerdict, .skSKBVerdict].contains(attachType)
    guard isKnown else {
      throw BPFError(.listAttached, .invalidArgument, "\(attachType) is not an attach type of socket maps")
    }
    let hook = ListedHook("\(attachType) of \(map)", attachType, since: "5.18")
    self = try map.withFileDescriptor { (map) throws(BPFError) in
      try hook.programs(BPFCommand.ProgramQuery(map, attachType: attachType.rawValue))
    }
  }
}

extension NetworkInterface {
  /// The meaning of the kernel's errors about the interface.
  fileprivate var causes: [Errno: AttachTarget.Cause] {
    [.operationNotSupportedByDevice: (.notFound, "there is no network interface \(self)")]
  }
}
