//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CLibrary

/// A BPF file system that is visible only to this process and its children.
///
/// It is mounted on /sys/fs/bpf in a private mount namespace. The kernel unmounts it when the last process in the
/// namespace ends, even if that process is killed, so that nothing has to be cleaned up.
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
      throw failure(error, "creation of a mount namespace")
    }
  }

  /// Makes all mounts private. Otherwise, new mounts could propagate to the original namespace.
  private static func keepMounts() throws(Failure) {
    // The C strings live until the call returns.
    guard unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else {
      throw failure(Errno(rawValue: errno), "making mounts private")
    }
  }

  private static func failure(_ errno: Errno, _ operation: String) -> Failure {
    let isRefused = errno == .notPermitted || errno == .permissionDenied
    let hint = isRefused ? ": run the tour as root (it requires CAP_SYS_ADMIN and CAP_BPF)" : ""
    return .failed("\(operation): \(errno.explained)\(hint)", errno)
  }
}
