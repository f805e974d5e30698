//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
package import SystemPackage

/// An advisory lock on an open file, which goes with the last descriptor for it.
package enum FileLock: Sendable {
  /// Any number of holders.
  case shared
  /// One holder, and no shared one.
  case exclusive

  /// Takes the lock, in place of one that the descriptor has, unless another holder is in the way. flock(2).
  ///
  /// - Returns: whether the lock was taken.
  package func take(_ descriptor: FileDescriptor) -> Bool {
    flock(descriptor.rawValue, (self == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0
  }

  /// Waits a millisecond for another holder. nanosleep(2).
  package static func waitBriefly() { usleep(1000) }
}
