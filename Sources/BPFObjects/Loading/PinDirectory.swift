//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A locked directory of a running pinning step.
///
/// Each step takes a shared lock on its directories. A step that gets an exclusive lock removes temporary names,
/// which only killed steps leave. The lock ends with its descriptor, also if the process is killed.
final class PinDirectory {
  private let descriptor: OwnedDescriptor

  /// The time to wait while another step removes files, in milliseconds.
  private static let patience = 100

  /// Locks a directory, and removes files left by killed steps. open(2), flock(2) twice; with an exclusive lock also
  /// statfs(2), getdents(2), and unlink(2) for each such file.
  ///
  /// Ignores all failures: without a lock, files of killed steps stay.
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
