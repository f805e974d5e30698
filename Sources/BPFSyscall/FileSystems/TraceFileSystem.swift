//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// tracefs, the kernel's file system for tracing, which lists its tracepoints.
///
/// If it is not mounted, each operation mounts it privately, detached from the file hierarchy.
package enum TraceFileSystem {
  /// The usual mount points; the second one is from before Linux 4.1.
  private static let mountPoints: [FilePath] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]

  /// Calls a closure with a descriptor of the root directory.
  ///
  /// openat(2); if not mounted, fsopen(2), fsconfig(2) and fsmount(2), Linux 5.2.
  package static func withDirectory<R>(
    _ body: (FileDescriptor) throws(Errno) -> R
  ) throws(Errno) -> R {
    let directory = try directory()
    return try body(directory.borrowed)
  }

  private static func directory() throws(Errno) -> OwnedDescriptor {
    for mountPoint in mountPoints {
      let descriptor = unsafe mountPoint.withPlatformString {
        unsafe CLibrary.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      }
      guard descriptor >= 0 else { continue }
      let directory = OwnedDescriptor(rawValue: descriptor)
      // The directory also exists if nothing is mounted on it.
      if unsafe faccessat(descriptor, "events", F_OK, 0) == 0 { return directory }
    }
    let descriptor = try uninterrupted { unsafe linux_mount_detached("tracefs") }
    return OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: descriptor))
  }

  private static func open(
    _ path: String, in directory: FileDescriptor, _ flags: Int32
  ) throws(Errno) -> OwnedDescriptor {
    let number = directory.rawValue
    let descriptor = try uninterrupted {
      let descriptor = unsafe openat(number, path, flags | O_CLOEXEC)
      return descriptor < 0 ? -Int(errno) : Int(descriptor)
    }
    return OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: descriptor))
  }

  /// Reads a small file.
  package static func read(_ path: String) throws(Errno) -> String {
    try withDirectory { (directory) throws(Errno) in
      let file = try open(path, in: directory, O_RDONLY)
      return String(decoding: try KernelFile.bytes(of: file.borrowed), as: UTF8.self)
    }
  }

  /// Reads a small file; nil if it is missing or unreadable. See ``KernelFile/bytesIfReadable(_:)``.
  package static func textIfReadable(_ path: String) throws(Errno) -> String? {
    do throws(Errno) {
      return try read(path)
    } catch {
      // The kernel has no tracefs, or cannot mount it detached.
      guard error.isAbsence || error == .operationNotSupportedByDevice || error == .noFunction else {
        throw error
      }
      return nil
    }
  }

  /// Returns whether a file exists. faccessat(2).
  package static func contains(_ path: String) throws(Errno) -> Bool {
    try withDirectory { (directory) throws(Errno) in
      if unsafe faccessat(directory.rawValue, path, F_OK, 0) == 0 { return true }
      guard errno == ENOENT else { throw Errno(rawValue: errno) }
      return false
    }
  }

  /// Appends a line to a file, keeping the lines of other writers. write(2), once.
  package static func append(_ line: String, to path: String) throws(Errno) {
    try withDirectory { (directory) throws(Errno) in
      let file = try open(path, in: directory, O_WRONLY | O_APPEND)
      let bytes = Array("\(line)\n".utf8)
      let number = file.rawValue
      let written = try uninterrupted {
        let count = unsafe bytes.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
        return count < 0 ? -Int(errno) : count
      }
      guard written == bytes.count else { throw .ioError }
    }
  }
}
