//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// What kind of file system a path is on.
package enum FileSystem {
  /// Whether it is a BPF file system, where pins live, by statfs(2); nil if it cannot be told, as when there is
  /// nothing at the path.
  package static func isBPF(at path: FilePath) -> Bool? {
    var system = statfs()
    guard unsafe path.withPlatformString({ unsafe statfs($0, &system) }) == 0 else { return nil }
    return UInt32(truncatingIfNeeded: system.f_type) == UInt32(LINUX_BPF_FS_MAGIC)
  }

  /// Gives a file another name, in the place of what has it. rename(2).
  package static func rename(_ path: FilePath, to other: FilePath) throws(Errno) {
    let answer = unsafe path.withPlatformString { path in
      unsafe other.withPlatformString { other in unsafe Glibc.rename(path, other) }
    }
    guard answer == 0 else { throw Errno(rawValue: errno) }
  }

  /// Gives the process, if it has but one thread, mounts of its own: a copy of those it had. unshare(2).
  package static func unshareMounts() throws(Errno) {
    let answer = linux_unshare_mounts()
    guard answer == 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
  }
}
