//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to a socket, of which it sees what is received and says how much of it is kept
  /// (`socket_filter`).
  ///
  /// The socket is held open until this goes or is detached. A socket has one such program: one that was there before is
  /// replaced. The kernel does not tell which program a socket has: a classic filter that has taken this one's place is
  /// left there when it is detached, another program is removed.
  ///
  /// System calls: setsockopt(2) and `fcntl(F_DUPFD_CLOEXEC)`; detaching getsockopt(2) and setsockopt(2). Linux 3.19. No
  /// capability.
  ///
  /// - Parameter socket: an open socket.
  /// - Returns: what detaches the program when it goes.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a descriptor of something else,
  ///   `BPFError.Code.wrongObject` for a program of another type than `socket_filter`.
  public func attach(toSocket socket: FileDescriptor) throws(BPFError) -> Link {
    try attach(
      AttachTarget("the socket of descriptor \(socket.rawValue)", .socketFilter, since: "Linux 3.19"), socket,
      .attachFilter, .detachFilter)
  }

  /// Attaches the program to a group of sockets that share a port, of which it selects the one that receives
  /// (`sk_reuseport`, or `socket_filter` that returns its number).
  ///
  /// The socket is held open until this goes or is detached. A group has one such program: one that was there before is
  /// replaced. The kernel does not tell which program a group has: detaching removes the one that is there.
  ///
  /// System calls: setsockopt(2) and `fcntl(F_DUPFD_CLOEXEC)`. Linux 4.5, for `sk_reuseport` 4.19; detaching 5.3. No
  /// capability.
  ///
  /// - Parameter socket: an open socket of the group, one with `SO_REUSEPORT`.
  /// - Returns: what detaches the program when it goes.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a socket that shares no port,
  ///   `BPFError.Code.wrongObject` for a program of another type.
  public func attach(toReuseportGroupOf socket: FileDescriptor) throws(BPFError) -> Link {
    try attach(
      AttachTarget(
        "the group of the socket of descriptor \(socket.rawValue)", .skReuseport, .socketFilter,
        since: "Linux 4.5"), socket, .attachReuseport, .detachReuseport)
  }

  private func attach(
    _ place: AttachTarget, _ socket: FileDescriptor, _ attaching: SocketOption, _ detaching: SocketOption
  ) throws(BPFError) -> Link {
    var place = place
    try place.check(self)
    place.causes = [
      .notSocket: (.invalidArgument, "descriptor \(socket.rawValue) is no socket"),
      .badFileDescriptor: (.invalidArgument, "descriptor \(socket.rawValue) is not open"),
      .invalidArgument: (
        .invalidArgument, "the socket does not take the program: of a group, it must share its port"
      ),
      .notPermitted: (.permissionDenied, "the filter of the socket is locked (SO_LOCK_FILTER)"),
    ]
    do throws(Errno) {
      let copy = try OwnedDescriptor.duplicating(socket)
      try withFileDescriptor { (program) throws(Errno) in try attaching.set(socket, to: program) }
      let attachment = DirectAttachment { () throws(Errno) in
        if attaching == .attachFilter, try SocketFilter(of: copy.borrowed) == .classic {
          return .replaced(by: nil)
        }
        do throws(Errno) {
          try detaching.set(copy.borrowed)
        } catch {
          guard error == .noSuchFileOrDirectory else { throw error }
        }
        return .detached
      }
      return Link(attachment, to: place.description, program: id)
    } catch {
      throw place.failure(self, error)
    }
  }
}
