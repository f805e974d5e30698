//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A BPF file system that only this process and its children see.
///
/// It is mounted on /sys/fs/bpf in a mount namespace of the process's own, over whatever is there for others. The
/// kernel takes it away with the last process in the namespace, however that ends: nothing is left to clean up,
/// even after an interrupt or a kill.
enum PrivateFileSystem {
  static let path = BPFFileSystem.standardPath

  static func make() throws {
    try enterMountNamespace()
    try keepMounts()
    try BPFFileSystem.mount()
  }

  private static func enterMountNamespace() throws(Failure) {
    do throws(Errno) {
      try FileSystem.unshareMounts()
    } catch {
      throw failure(error, "enter a mount namespace of its own")
    }
  }

  /// Without this, what is mounted here could show in the namespace it was copied from.
  private static func keepMounts() throws(Failure) {
    // The C strings live as long as the call.
    guard unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else {
      throw failure(Errno(rawValue: errno), "keep its mounts to itself")
    }
  }

  private static func failure(_ errno: Errno, _ purpose: String) -> Failure {
    let isRefused = errno == .notPermitted || errno == .permissionDenied
    let hint = isRefused ? ": run it as root (it needs CAP_SYS_ADMIN and CAP_BPF)" : ""
    return .failed("the tour could not \(purpose): \(errno.explained)\(hint)", errno)
  }
}
