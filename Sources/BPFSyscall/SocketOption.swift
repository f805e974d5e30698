//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
package import SystemPackage

/// The options of a socket by which it is given programs, of socket(7).
package enum SocketOption: Int32, Sendable {
  /// `SO_ATTACH_BPF`, Linux 3.19.
  case attachFilter = 50
  /// `SO_DETACH_FILTER`, Linux 2.2.
  case detachFilter = 27
  /// `SO_ATTACH_REUSEPORT_EBPF`, Linux 4.5.
  case attachReuseport = 52
  /// `SO_DETACH_REUSEPORT_BPF`, Linux 5.3.
  case detachReuseport = 68

  /// Sets the option to a descriptor, or where none counts to 0. setsockopt(2).
  package func set(_ socket: FileDescriptor, to descriptor: FileDescriptor? = nil) throws(Errno) {
    var value = descriptor?.rawValue ?? 0
    let answer = unsafe setsockopt(
      socket.rawValue, SOL_SOCKET, rawValue, &value, socklen_t(MemoryLayout<Int32>.size))
    guard answer == 0 else { throw Errno(rawValue: errno) }
  }
}

/// The filter of a socket, as far as the kernel tells.
package enum SocketFilter: Hashable, Sendable {
  case none
  /// One of classic BPF, `SO_ATTACH_FILTER`.
  case classic
  /// A BPF program, `SO_ATTACH_BPF`. The kernel does not tell which.
  case program

  /// Asks for the filter of a socket. getsockopt(2) of `SO_GET_FILTER`, Linux 3.8.
  package init(of socket: FileDescriptor) throws(Errno) {
    // No room: the kernel returns the number of instructions.
    var count = socklen_t(0)
    let answer = unsafe getsockopt(socket.rawValue, SOL_SOCKET, SO_ATTACH_FILTER, nil, &count)
    if answer < 0 {
      guard errno == EACCES else { throw Errno(rawValue: errno) }
      self = .program
    } else {
      self = count == 0 ? .none : .classic
    }
  }
}

/// Network interfaces by their names, of the calling thread's network namespace.
package enum InterfaceNames {
  /// The number of an interface. if_nametoindex(3).
  package static func index(of name: String) throws(Errno) -> UInt32 {
    let index = try uninterrupted {
      let index = unsafe if_nametoindex(name)
      return index == 0 ? -Int(errno) : Int(index)
    }
    return UInt32(truncatingIfNeeded: index)
  }
}
