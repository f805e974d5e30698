//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// An advisory lock on an open file, released with its last descriptor.
package enum FileLock: Sendable {
  /// A lock with any number of holders.
  case shared
  /// A lock with one holder and no shared holders.
  case exclusive

  /// Acquires the lock without waiting, replacing the descriptor's current one. flock(2).
  ///
  /// - Returns: whether the lock was acquired.
  package func acquire(_ descriptor: FileDescriptor) -> Bool {
    flock(descriptor.rawValue, (self == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0
  }

  /// Sleeps for a millisecond before the next attempt. nanosleep(2).
  package static func waitBriefly() { usleep(1000) }
}
