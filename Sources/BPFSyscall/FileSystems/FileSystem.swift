//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// File systems and operations on their files.
package enum FileSystem {
  /// Returns whether a path is on a BPF file system; nil if unknown, such as for a missing path. statfs(2).
  package static func isBPF(at path: FilePath) -> Bool? {
    type(at: path).map { $0 == UInt32(LINUX_BPF_FS_MAGIC) }
  }

  /// The message that sysfs is not mounted on /sys, and how to mount it; nil if it is mounted. statfs(2).
  package static var sysfsAbsence: String? {
    guard type(at: "/sys") != UInt32(LINUX_SYSFS_MAGIC) else { return nil }
    return "sysfs is not mounted on /sys: mount it with 'mount -t sysfs sysfs /sys'"
  }

  /// Returns the type number of the file system that a path is on; nil if unknown.
  private static func type(at path: FilePath) -> UInt32? {
    var system = statfs()
    guard unsafe path.withPlatformString({ unsafe statfs($0, &system) }) == 0 else { return nil }
    return UInt32(truncatingIfNeeded: system.f_type)
  }

  /// Moves a single-threaded process into its own mount namespace, a copy of its current one. unshare(2).
  package static func unshareMounts() throws(Errno) {
    let answer = linux_unshare_mounts()
    guard answer == 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
  }
}

// MARK: - File names

extension FileSystem {
  /// The behavior of a rename if the new name exists.
  package enum RenameMode: Sendable {
    /// Replaces the existing file.
    case replacing
    /// Fails with `EEXIST`. Linux 3.15.
    case exclusive
    /// Swaps the two files; fails with `ENOENT` if the new name does not exist. On BPF file systems since Linux 5.16,
    /// `EINVAL` before.
    case exchanging

    fileprivate var flags: UInt32 {
      switch self {
      case .replacing: 0
      case .exclusive: LINUX_RENAME_NOREPLACE.rawValue
      case .exchanging: LINUX_RENAME_EXCHANGE.rawValue
      }
    }
  }

  /// Renames a file within a file system. renameat2(2).
  package static func rename(
    _ path: FilePath, to other: FilePath, _ mode: RenameMode
  ) throws(Errno) {
    let answer = unsafe path.withPlatformString { path in
      unsafe other.withPlatformString { other in unsafe linux_rename(path, other, mode.flags) }
    }
    guard answer == 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
  }

  /// Creates another name for a file. link(2).
  package static func link(_ path: FilePath, as other: FilePath) throws(Errno) {
    try check(
      unsafe path.withPlatformString { path in
        unsafe other.withPlatformString { other in unsafe CLibrary.link(path, other) }
      })
  }

  /// Removes a file's name. unlink(2).
  package static func unlink(_ path: FilePath) throws(Errno) {
    try check(unsafe path.withPlatformString { unsafe CLibrary.unlink($0) })
  }

  /// Copies a file's owner, group and permissions to another file, as far as the process may. stat(2), chown(2),
  /// chmod(2).
  package static func copyOwnership(of path: FilePath, to other: FilePath) {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return }
    unsafe other.withPlatformString { other in
      // chown(2) clears mode bits, so it comes first.
      _ = unsafe chown(other, status.st_uid, status.st_gid)
      _ = unsafe chmod(other, status.st_mode & 0o7777)
    }
  }

  /// Creates a directory that only its owner can enter, unless it exists. mkdir(2).
  ///
  /// - Returns: Whether the directory was created.
  package static func createDirectory(_ path: FilePath) throws(Errno) -> Bool {
    do throws(Errno) {
      try check(unsafe path.withPlatformString { unsafe mkdir($0, 0o700) })
      return true
    } catch {
      guard error == .fileExists else { throw error }
      return false
    }
  }

  /// A directory entry.
  package struct Entry: Sendable {
    package let name: String
    package let isDirectory: Bool
    package let isSymbolicLink: Bool
  }

  /// Returns a directory's entries, unordered; empty if it cannot be read. opendir(3), readdir(3).
  package static func entries(in directory: FilePath) -> [(name: String, isDirectory: Bool)] {
    ((try? readEntries(of: directory)) ?? []).map { ($0.name, $0.isDirectory) }
  }

  /// Returns a directory's entries, unordered. opendir(3), readdir(3).
  package static func readEntries(of directory: FilePath) throws(Errno) -> [Entry] {
    guard let stream = unsafe directory.withPlatformString({ unsafe opendir($0) }) else {
      throw Errno(rawValue: errno)
    }
    defer { unsafe closedir(stream) }
    var entries: [Entry] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw Errno(rawValue: errno) }
        return entries
      }
      // The kernel terminates the name with a NUL.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
        unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
      }
      let type = unsafe entry.pointee.d_type
      guard name != ".", name != ".." else { continue }
      entries.append(
        Entry(name: name, isDirectory: type == UInt8(DT_DIR), isSymbolicLink: type == UInt8(DT_LNK)))
    }
  }

  /// Removes an empty directory. rmdir(2).
  package static func removeDirectory(_ path: FilePath) throws(Errno) {
    try check(unsafe path.withPlatformString { unsafe rmdir($0) })
  }

  private static func check(_ answer: CInt) throws(Errno) {
    guard answer == 0 else { throw Errno(rawValue: errno) }
  }
}
