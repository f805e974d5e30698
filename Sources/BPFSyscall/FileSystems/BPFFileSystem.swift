//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
public import SystemPackage

/// The file system in which BPF objects are pinned, usually mounted on /sys/fs/bpf.
///
/// systemd mounts it; in containers, chroots and small systems it may be missing. The library never mounts one unless
/// ``mount(at:)`` is called.
public enum BPFFileSystem {
  /// The conventional mount point: `/sys/fs/bpf`.
  public static let standardPath: FilePath = "/sys/fs/bpf"

  /// Returns whether a path is on a BPF file system; false also if the path does not exist.
  ///
  /// System calls: statfs(2).
  public static func contains(_ path: FilePath) -> Bool { FileSystem.isBPF(at: path) == true }

  /// Mounts a BPF file system that only root can enter: `mount -t bpf -o mode=700,nosuid,nodev,noexec bpf PATH`.
  ///
  /// All processes in the mount namespace see it. It hides a file system that is already mounted there.
  ///
  /// System calls: mount(2). Linux 4.4. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter path: An existing directory. The kernel provides `/sys/fs/bpf` for this purpose.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such directory, `BPFError.Code.permissionDenied`,
  ///   `BPFError.Code.unsupported` if the kernel has no such file system.
  public static func mount(at path: FilePath = standardPath) throws(BPFError) {
    let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    let answer = unsafe path.withPlatformString {
      unsafe CLibrary.mount("bpf", $0, "bpf", flags, "mode=0700")
    }
    guard answer == 0 else { throw mountFailure(path, Errno(rawValue: errno)) }
  }

  private static func mountFailure(_ path: FilePath, _ errno: Errno) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory where path == standardPath:
        (.notFound, FileSystem.sysfsAbsence ?? "the directory does not exist")
      case .noSuchFileOrDirectory, .notDirectory: (.notFound, "the directory does not exist")
      case .notPermitted, .permissionDenied: (.permissionDenied, "this needs CAP_SYS_ADMIN")
      case .operationNotSupportedByDevice:
        (.unsupported, "this kernel has no BPF file system (CONFIG_BPF_SYSCALL)")
      default: (.system, "")
      }
    return BPFError(.mount, code, errno: errno, path: path, text)
  }
}

// MARK: - Missing file systems

extension BPFFileSystem {
  /// Throws if a directory is not on a BPF file system. A missing directory is judged by its closest existing parent.
  package static func check(_ directory: FilePath, for operation: BPFError.Operation) throws(BPFError) {
    guard let explanation = absence(at: directory) else { return }
    throw BPFError(operation, .notBPFFileSystem, path: directory, explanation)
  }

  /// Explains that a directory is not on a BPF file system, and how to mount one; nil if it is on one, or would be once
  /// created.
  package static func absence(at directory: FilePath) -> String? {
    var existing = directory
    while FileSystem.isBPF(at: existing) == nil, existing.removeLastComponent() {}
    // A relative path without a component is in the working directory.
    guard FileSystem.isBPF(at: existing.isEmpty ? "." : existing) == false else { return nil }
    if directory.lexicallyNormalized().starts(with: standardPath) {
      // The kernel provides this directory in sysfs.
      if !existing.starts(with: standardPath), let absence = FileSystem.sysfsAbsence { return absence }
      return
        "no BPF file system is mounted on \(standardPath): mount it with 'mount -t bpf bpf \(standardPath)'"
    }
    let make = existing == directory ? "" : "mkdir -p \(directory) && "
    return "'\(directory)' is not on a BPF file system: pin in \(standardPath), or mount one there with "
      + "'\(make)mount -t bpf bpf \(directory)'"
  }
}
