//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to a socket (`socket_filter`). The program sees each received packet and returns the number
  /// of bytes to keep.
  ///
  /// Keeps the socket open until the link is released or detached. A socket has one such program; attaching replaces
  /// the previous one. The kernel does not report a socket's program: detaching removes any program, but leaves a
  /// classic filter that has replaced this program.
  ///
  /// System calls: setsockopt(2) and `fcntl(F_DUPFD_CLOEXEC)`; detaching: getsockopt(2) and setsockopt(2). Linux 3.19.
  /// No capability.
  ///
  /// - Parameter socket: an open socket.
  /// - Returns: an attachment that detaches the program when it is released.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a descriptor of something else;
  ///   `BPFError.Code.wrongObject` for a program of another type than `socket_filter`.
  public func attach(toSocket socket: FileDescriptor) throws(BPFError) -> Link {
    try attach(
      AttachTarget("the socket of descriptor \(socket.rawValue)", .socketFilter, since: "Linux 3.19"), socket,
      .attachFilter, .detachFilter)
  }

  /// Attaches the program to a group of sockets that share a port. The program selects the receiving socket
  /// (`sk_reuseport`, or `socket_filter` that returns the socket's index).
  ///
  /// Keeps the socket open until the link is released or detached. A group has one such program; attaching replaces the
  /// previous one. The kernel does not report a group's program: detaching removes the current one, whichever it is.
  ///
  /// System calls: setsockopt(2) and `fcntl(F_DUPFD_CLOEXEC)`. Linux 4.5, for `sk_reuseport` 4.19; detaching 5.3. No
  /// capability.
  ///
  /// - Parameter socket: an open socket of the group, with `SO_REUSEPORT`.
  /// - Returns: an attachment that detaches the program when it is released.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a socket without a shared port;
  ///   `BPFError.Code.wrongObject` for a program of another type.
  public func attach(toReuseportGroupOf socket: FileDescriptor) throws(BPFError) -> Link {
    try attach(
      AttachTarget(
        "the group of the socket of descriptor \(socket.rawValue)", .skReuseport, .socketFilter,
        since: "Linux 4.5"), socket, .attachReuseport, .detachReuseport)
  }

  private func attach(
    _ hook: AttachTarget, _ socket: FileDescriptor, _ attaching: SocketOption, _ detaching: SocketOption
  ) throws(BPFError) -> Link {
    var hook = hook
    try hook.check(self)
    hook.causes = [
      .notSocket: (.invalidArgument, "descriptor \(socket.rawValue) is not a socket"),
      .badFileDescriptor: (.invalidArgument, "descriptor \(socket.rawValue) is not open"),
      .invalidArgument: (
        .invalidArgument, "the socket rejects the program: a reuseport group requires a shared port"
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
      return Link(attachment, to: hook.description, program: id)
    } catch {
      throw hook.failure(self, error)
    }
  }
}
