//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// The kernel's file system for tracing, where its tracepoints are.
///
/// It need not be mounted: it is then mounted for the moment, at no place, which nobody else sees.
package enum TraceFileSystem {
  /// Where it usually is; the second is where it was before Linux 4.1.
  private static let places: [FilePath] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]

  /// Lends a descriptor of its directory.
  ///
  /// openat(2), and if it is not mounted fsopen(2), fsconfig(2) and fsmount(2), Linux 5.2.
  package static func withDirectory<R>(
    _ body: (FileDescriptor) throws(Errno) -> R
  ) throws(Errno) -> R {
    let directory = try directory()
    return try body(directory.borrowed)
  }

  private static func directory() throws(Errno) -> OwnedDescriptor {
    for place in places {
      let descriptor = unsafe place.withPlatformString {
        unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      }
      guard descriptor >= 0 else { continue }
      let directory = OwnedDescriptor(rawValue: descriptor)
      // The mount point is there where nothing is mounted.
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

  /// Reads a small file that need not be there, or not be for this process to read. See ``KernelFile/bytesIfReadable(_:)``.
  package static func textIfReadable(_ path: String) throws(Errno) -> String? {
    do throws(Errno) {
      return try read(path)
    } catch {
      // Kernels without the file system, and those that do not mount it detached.
      guard error.isAbsence || error == .operationNotSupportedByDevice || error == .noFunction else {
        throw error
      }
      return nil
    }
  }

  /// Whether it has a file. faccessat(2).
  package static func contains(_ path: String) throws(Errno) -> Bool {
    try withDirectory { (directory) throws(Errno) in
      if unsafe faccessat(directory.rawValue, path, F_OK, 0) == 0 { return true }
      guard errno == ENOENT else { throw Errno(rawValue: errno) }
      return false
    }
  }

  /// Writes a line behind what a file has: nothing that others wrote there is lost. write(2), once.
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
