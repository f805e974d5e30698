//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A directory in which a pinning step is under way.
///
/// Every step shares a lock on its directories. The one that has a directory to itself knows that temporary names in it are
/// those of steps that were killed, and removes them. The lock goes with its descriptor, also if the process is killed.
final class PinDirectory {
  private let descriptor: OwnedDescriptor

  /// Milliseconds to wait while another step removes files.
  private static let patience = 100

  /// Locks a directory, and removes the files that killed steps have left there. open(2), flock(2) twice; with a lock that
  /// no other step shares also statfs(2), getdents(2), and unlink(2) for each such file.
  ///
  /// No failure is one of the step: without a lock, files of killed steps stay.
  init?(_ path: FilePath) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.reading(path)
    } catch {
      return nil
    }
    if FileLock.exclusive.acquire(descriptor.borrowed), FileSystem.isBPF(at: path) == true {
      for (name, _) in FileSystem.entries(in: path) where PendingPin.isTemporary(name) {
        try? FileSystem.unlink(path.appending(name))
      }
    }
    for _ in 0..<PinDirectory.patience {
      if FileLock.shared.acquire(descriptor.borrowed) { break }
      FileLock.waitBriefly()
    }
  }
}
