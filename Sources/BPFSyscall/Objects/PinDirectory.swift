//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// A locked directory in which pins are made under temporary names.
///
/// Each process that does takes a shared lock on the directory. One that gets an exclusive lock removes temporary
/// names, which only killed processes leave. The lock ends with its descriptor, also if the process is killed.
package final class PinDirectory {
  private let descriptor: OwnedDescriptor

  /// The time to wait while another process removes files, in milliseconds.
  private static let patience = 100

  /// Locks a directory, and removes files left by killed processes. open(2), flock(2) twice; with an exclusive lock also
  /// statfs(2), getdents(2), and unlink(2) for each such file.
  ///
  /// Ignores all failures: without the exclusive lock, files of killed processes stay. Without the shared lock, as in a directory
  /// that this process may not read, another process may remove this one's temporary files, so renaming them can fail.
  package init?(_ path: FilePath) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.reading(path)
    } catch {
      return nil
    }
    if FileLock.exclusive.acquire(descriptor.borrowed), FileSystem.isBPF(at: path) == true {
      for (name, _) in FileSystem.entries(in: path) where TemporaryPin.isName(name) {
        try? FileSystem.unlink(path.appending(name))
      }
    }
    for _ in 0..<PinDirectory.patience {
      if FileLock.shared.acquire(descriptor.borrowed) { break }
      FileLock.waitBriefly()
    }
  }
}
