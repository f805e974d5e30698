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
  /// Attaches the program to a map of sockets: to what is sent through them (`sk_msg`), or received (`sk_skb`).
  ///
  /// A socket has the programs that the map had when it was put into it, and keeps them until it leaves the map.
  ///
  /// Before Linux 6.10, which brought links to such maps, it is attached without: it then stays with the map when the
  /// process dies, unless it ends this object first.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, or `BPF_PROG_ATTACH` and `fcntl(F_DUPFD_CLOEXEC)` twice.
  /// Linux 4.14. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - map: a map of type `sockmap` or `sockhash`.
  ///   - attachType: what the program is for; nil for what its section's name says.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the map has a program for that,
  ///   `BPFError.Code.wrongObject` for a map or program of another type, `BPFError.Code.permissionDenied`.
  public func attach(toSocketMap map: MapHandle, for attachType: AttachType? = nil) throws(BPFError) -> Link {
    let place = AttachTarget("\(map)", .skMsg, .skSKB, since: "Linux 4.14")
    try place.check(self)
    guard map.type == .sockMap || map.type == .sockHash else {
      throw BPFError(.attach, .wrongObject, subject, "\(map) is no map of sockets")
    }
    guard
      let attachType = attachType ?? definition?.expectedAttachType ?? (type == .skMsg ? .skMsgVerdict : nil)
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "whether it finds the ends of messages or decides what becomes of them is not known: name it, in attachType"
      )
    }
    do throws(BPFError) {
      return try place.link(self) { (program) throws(Errno) in
        try map.withFileDescriptor { (map) throws(Errno) in
          try BPFCommand.linkCreate(
            BPFCommand.LinkCreation(program, to: map, attachType: attachType.rawValue))
        }
      }
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      return try attachDirectly(place, map, attachType)
    }
  }

  /// Attaches the program to a map of sockets without a link, so that tests come by the way of old kernels.
  package func attachDirectly(toSocketMap map: MapHandle, for attachType: AttachType) throws(BPFError) -> Link
  {
    try attachDirectly(AttachTarget("\(map)", .skMsg, .skSKB, since: "Linux 4.14"), map, attachType)
  }

  private func attachDirectly(
    _ place: AttachTarget, _ map: MapHandle, _ attachType: AttachType
  ) throws(BPFError) -> Link {
    do throws(Errno) {
      let attachment = try withFileDescriptor { (program) throws(Errno) in
        try map.withFileDescriptor { (map) throws(Errno) in
          try DirectAttachment(program, id: id, to: map, attachType)
        }
      }
      return Link(attachment, to: place.description, program: id)
    } catch {
      throw place.failure(self, error)
    }
  }
}
