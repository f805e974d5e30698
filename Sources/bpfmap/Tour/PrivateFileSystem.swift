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
  static let path = "/sys/fs/bpf"

  static func make() throws(Failure) {
    try enterMountNamespace()
    // Without this, what is mounted here could show in the namespace it was copied from.
    try attach(nil, to: "/", flags: UInt(MS_REC | MS_PRIVATE), "keep its mounts to itself")
    let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    try attach("bpf", to: path, flags: flags, "mount a BPF file system on \(path)")
  }

  private static func enterMountNamespace() throws(Failure) {
    do throws(Errno) {
      try FileSystem.unshareMounts()
    } catch {
      throw failure(error, "enter a mount namespace of its own")
    }
  }

  private static func attach(
    _ type: String?, to path: String, flags: UInt, _ purpose: String
  ) throws(Failure) {
    // The C strings live as long as the call.
    guard unsafe mount(type ?? "none", path, type, flags, nil) == 0 else {
      throw failure(Errno(rawValue: errno), purpose)
    }
  }

  private static func failure(_ errno: Errno, _ purpose: String) -> Failure {
    let isRefused = errno == .notPermitted || errno == .permissionDenied
    let hint = isRefused ? ": run it as root (it needs CAP_SYS_ADMIN and CAP_BPF)" : ""
    return .failed("the tour could not \(purpose): \(errno.explained)\(hint)", errno)
  }
}
