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

  /// Makes the mounts private to which the new one could propagate, and from there to the original namespace.
  ///
  /// In a chroot whose root is not a mount, only mounts below it can be private. One on the way to the path is sufficient,
  /// since the new mount propagates through the innermost one.
  private static func keepMounts() throws(Failure) {
    do throws(Errno) {
      try makePrivate("/")
    } catch .invalidArgument {
      let inner = [path.string, "/sys/fs", "/sys"].filter { (try? makePrivate($0)) != nil }
      if inner.isEmpty {
        throw .failed(
          "making mounts private: neither / nor /sys is a mount (EINVAL): mount sysfs on /sys, or run the tour outside the chroot",
          .invalidArgument)
      }
    } catch {
      throw failure(error, "making mounts private")
    }
  }

  /// Makes a mount and all mounts below it private. Throws `invalidArgument` if there is no mount on the path.
  private static func makePrivate(_ path: String) throws(Errno) {
    // The C strings live until the call returns.
    guard unsafe mount("none", path, nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else {
      throw Errno(rawValue: errno)
    }
  }

  private static func failure(_ errno: Errno, _ operation: String) -> Failure {
    let isRefused = errno == .notPermitted || errno == .permissionDenied
    let hint = isRefused ? ": run the tour as root (it requires CAP_SYS_ADMIN and CAP_BPF)" : ""
    return .failed("\(operation): \(errno.explained)\(hint)", errno)
  }
}
