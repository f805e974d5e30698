//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
public import SystemPackage

/// A file descriptor that closes itself when its owner goes.
@usableFromInline package struct OwnedDescriptor: ~Copyable, Sendable {
  @usableFromInline package let rawValue: CInt

  /// Takes over a descriptor nobody else will close.
  package init(rawValue: CInt) {
    self.rawValue = rawValue
  }

  deinit {
    // Not retried: Linux releases the descriptor whatever close(2) answers.
    _ = Glibc.close(rawValue)
  }

  /// The descriptor, on loan: it is good as long as its owner lives.
  @inlinable package var borrowed: FileDescriptor { FileDescriptor(rawValue: rawValue) }

  /// A second descriptor for the same object, closed on exec. `fcntl(F_DUPFD_CLOEXEC)`.
  package static func duplicating(_ descriptor: FileDescriptor) throws(Errno) -> OwnedDescriptor {
    let copy = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return OwnedDescriptor(rawValue: copy)
  }
}

extension FileDescriptor {
  /// How the descriptor was opened: `O_RDONLY`, `O_WRONLY` or `O_RDWR`. `fcntl(F_GETFL)`.
  package func accessMode() throws(Errno) -> FileDescriptor.AccessMode {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0 else { throw Errno(rawValue: errno) }
    return FileDescriptor.AccessMode(rawValue: flags & O_ACCMODE)
  }
}
