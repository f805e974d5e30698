//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// The socket options that attach and detach programs, socket(7).
package enum SocketOption: Int32, Sendable {
  /// `SO_ATTACH_BPF`, Linux 3.19.
  case attachFilter = 50
  /// `SO_DETACH_FILTER`, Linux 2.2.
  case detachFilter = 27
  /// `SO_ATTACH_REUSEPORT_EBPF`, Linux 4.5.
  case attachReuseport = 52
  /// `SO_DETACH_REUSEPORT_BPF`, Linux 5.3.
  case detachReuseport = 68

  /// Sets the option to a descriptor, or to 0 for options without one. setsockopt(2).
  package func set(_ socket: FileDescriptor, to descriptor: FileDescriptor? = nil) throws(Errno) {
    var value = descriptor?.rawValue ?? 0
    let answer = unsafe setsockopt(
      socket.rawValue, SOL_SOCKET, rawValue, &value, socklen_t(MemoryLayout<Int32>.size))
    guard answer == 0 else { throw Errno(rawValue: errno) }
  }
}

/// The kind of a socket's filter.
package enum SocketFilter: Hashable, Sendable {
  case none
  /// A classic BPF filter, `SO_ATTACH_FILTER`.
  case classic
  /// A BPF program, `SO_ATTACH_BPF`. The kernel does not identify it.
  case program

  /// Reads the kind of a socket's filter. getsockopt(2) with `SO_GET_FILTER`, Linux 3.8.
  package init(of socket: FileDescriptor) throws(Errno) {
    // With an empty buffer, the kernel returns the number of instructions.
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

/// The network interfaces of the calling thread's network namespace, by name.
package enum InterfaceNames {
  /// Returns an interface's index. if_nametoindex(3).
  package static func index(of name: String) throws(Errno) -> UInt32 {
    let index = try uninterrupted {
      let index = unsafe if_nametoindex(name)
      return index == 0 ? -Int(errno) : Int(index)
    }
    return UInt32(truncatingIfNeeded: index)
  }

  /// Returns whether an interface has an index. if_indextoname(3).
  package static func contain(index: UInt32) -> Bool {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    return unsafe if_indextoname(index, &name) != nil
  }
}
