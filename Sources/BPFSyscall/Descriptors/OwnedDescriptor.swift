//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
public import SystemPackage

/// An owned file descriptor, closed at the end of its lifetime.
@usableFromInline package struct OwnedDescriptor: ~Copyable, Sendable {
  @usableFromInline package let rawValue: CInt

  /// Takes ownership of a descriptor.
  package init(rawValue: CInt) {
    self.rawValue = rawValue
  }

  deinit {
    // Not retried: Linux releases the descriptor even if close(2) fails.
    _ = CLibrary.close(rawValue)
  }

  /// The borrowed descriptor, valid during the owner's lifetime.
  @inlinable package var borrowed: FileDescriptor { FileDescriptor(rawValue: rawValue) }

  /// Duplicates a descriptor, close-on-exec. `fcntl(F_DUPFD_CLOEXEC)`.
  package static func duplicating(_ descriptor: FileDescriptor) throws(Errno) -> OwnedDescriptor {
    let copy = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return OwnedDescriptor(rawValue: copy)
  }
}

extension FileDescriptor {
  /// Returns the descriptor's access mode: `O_RDONLY`, `O_WRONLY` or `O_RDWR`. `fcntl(F_GETFL)`.
  package func accessMode() throws(Errno) -> FileDescriptor.AccessMode {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0 else { throw Errno(rawValue: errno) }
    // Not O_ACCMODE, which includes O_PATH in musl.
    return FileDescriptor.AccessMode(rawValue: flags & (O_WRONLY | O_RDWR))
  }
}
