//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a socket map: to data that its sockets send (`sk_msg`) or receive (`sk_skb`).
  ///
  /// A socket gets the map's programs when it is added to the map, and keeps them until it leaves the map.
  ///
  /// Before Linux 6.10, which introduced links for socket maps, attaches without a link. The program then stays with
  /// the map if the process dies before it releases the returned object.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, or `BPF_PROG_ATTACH` and `fcntl(F_DUPFD_CLOEXEC)`
  /// twice. Linux 4.14. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - map: a map of type `sockmap` or `sockhash`.
  ///   - attachType: the program's attach type; nil for the one that the section's name specifies.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the map has a program of this attach type;
  ///   `BPFError.Code.wrongObject` for a map or program of another type; `BPFError.Code.permissionDenied`.
  public func attach(toSocketMap map: MapHandle, for attachType: AttachType? = nil) throws(BPFError) -> Link {
    let hook = AttachTarget("\(map)", .skMsg, .skSKB, since: "Linux 4.14")
    try hook.check(self)
    guard map.type == .sockMap || map.type == .sockHash else {
      throw BPFError(.attach, .wrongObject, subject, "\(map) is not a socket map")
    }
    guard
      let attachType = attachType ?? definition?.expectedAttachType ?? (type == .skMsg ? .skMsgVerdict : nil)
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "the program's attach type is unknown, parser or verdict: name it in attachType"
      )
    }
    do throws(BPFError) {
      return try hook.link(self) { (program) throws(Errno) in
        try map.withFileDescriptor { (map) throws(Errno) in
          try BPFCommand.linkCreate(
            BPFCommand.LinkCreation(program, to: map, attachType: attachType.rawValue))
        }
      }
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      return try attachDirectly(hook, map, attachType)
    }
  }

  /// Attaches the program to a socket map without a link, so that tests cover the path for old kernels.
  package func attachDirectly(toSocketMap map: MapHandle, for attachType: AttachType) throws(BPFError) -> Link
  {
    try attachDirectly(AttachTarget("\(map)", .skMsg, .skSKB, since: "Linux 4.14"), map, attachType)
  }

  private func attachDirectly(
    _ hook: AttachTarget, _ map: MapHandle, _ attachType: AttachType
  ) throws(BPFError) -> Link {
    do throws(Errno) {
      let attachment = try withFileDescriptor { (program) throws(Errno) in
        try map.withFileDescriptor { (map) throws(Errno) in
          try DirectAttachment(program, id: id, to: map, attachType)
        }
      }
      return Link(attachment, to: hook.description, program: id)
    } catch {
      throw hook.failure(self, error)
    }
  }
}
