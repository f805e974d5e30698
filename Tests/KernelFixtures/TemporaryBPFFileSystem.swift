//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A BPF file system on a temporary directory, independent of /sys/fs/bpf. It is unmounted and the directory removed
/// when the last reference is released.
package final class TemporaryBPFFileSystem: Sendable {
  package let path: FilePath

  package init() throws(FixtureError) {
    let directory = try TemporaryDirectory.make()
    path = FilePath(directory)
    let result = kf_mount_bpffs(directory)
    guard result < 0 else { return }
    rmdir(directory)
    try check(result, "mount a BPF file system on \(directory)")
  }

  deinit {
    _ = kf_unmount(path.string)
    rmdir(path.string)
  }
}

/// Runs `body` with the path of a temporary BPF file system.
package func withBPFFileSystem<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
  let fileSystem = try TemporaryBPFFileSystem()
  return try withExtendedLifetime(fileSystem) { try body(fileSystem.path) }
}

/// Runs `body` with the path of an empty directory on an ordinary file system, and removes the directory afterwards.
package func withTemporaryDirectory<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
  let directory = try TemporaryDirectory.make()
  defer { TemporaryDirectory.remove(directory) }
  return try body(FilePath(directory))
}

private enum TemporaryDirectory {
  static func make() throws(FixtureError) -> String {
    var template = Array("/tmp/swift-bpf-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FixtureError(operation: "make a temporary directory", errno: Errno(rawValue: errno))
    }
    return String(decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  /// Removes `directory` and its files. Tests create no subdirectories.
  static func remove(_ directory: String) {
    guard let stream = opendir(directory) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink(directory + "/" + name)
    }
    closedir(stream)
    rmdir(directory)
  }
}
