//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to a network namespace: one that selects sockets for connections and packets (`sk_lookup`),
  /// or one that dissects packets (`flow_dissector`).
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8; for `sk_lookup` 5.9. Capabilities:
  /// `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameter namespace: an open descriptor of a network namespace, such as of /proc/self/ns/net.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the namespace has its one flow dissector, or its 64
  ///   `sk_lookup` programs; `BPFError.Code.wrongObject` for a program of another type; `BPFError.Code.invalidArgument`
  ///   for a descriptor of something else; `BPFError.Code.permissionDenied`.
  public func attach(toNetworkNamespace namespace: FileDescriptor) throws(BPFError) -> Link {
    try attach(toNetworkNamespace: namespace, "descriptor \(namespace.rawValue)")
  }

  /// - Parameter name: the descriptor's name in messages.
  private func attach(
    toNetworkNamespace namespace: FileDescriptor, _ name: String
  ) throws(BPFError) -> Link {
    let hook = AttachTarget(
      "the network namespace of \(name)", .skLookup, .flowDissector,
      since: "Linux 5.8",
      causes: [
        .invalidArgument: (
          .invalidArgument,
          "\(name) is not a network namespace, or this kernel has no links for network namespaces"
        ),
        .badFileDescriptor: (.invalidArgument, "\(name) is not open"),
        .argListTooLong: (.alreadyExists, "the network namespace has the maximum number of programs"),
      ])
    let attachType: AttachType = type == .skLookup ? .skLookup : .flowDissector
    return try hook.link(self) { (program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, to: namespace, attachType: attachType.rawValue))
    }
  }

  /// Attaches the program to the network namespace at a path, such as /proc/self/ns/net or /run/netns/blue. See
  /// ``attach(toNetworkNamespace:)-(FileDescriptor)``.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the path does not exist.
  public func attach(toNetworkNamespace path: FilePath) throws(BPFError) -> Link {
    let namespace = try OpenedTarget(path, .attach, subject)
    return try attach(toNetworkNamespace: namespace.descriptor.borrowed, "'\(path)'")
  }
}
