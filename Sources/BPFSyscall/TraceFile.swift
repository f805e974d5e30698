//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// A file of the kernel's traces that is read as it grows, without waiting.
package struct TraceFile: ~Copyable, Sendable {
  private let file: OwnedDescriptor

  private static let mounts: [FilePath] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]

  /// Opens a file of tracefs: where it is mounted, or else by a mount that is nobody's but the file's.
  ///
  /// open(2), twice at most; then fsopen(2), fsconfig(2), fsmount(2), openat(2), close(2) twice.
  package init(_ name: String) throws(Errno) {
    for mount in TraceFile.mounts {
      let descriptor = unsafe mount.appending(name).withPlatformString { path in
        unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      }
      if descriptor >= 0 {
        file = OwnedDescriptor(rawValue: descriptor)
        return
      }
    }
    let answer = try uninterrupted { unsafe name.withCString { unsafe linux_open_in_tracefs($0) } }
    file = OwnedDescriptor(rawValue: CInt(clamping: answer))
  }

  /// What is there, at most some bytes; none if there is nothing. read(2).
  package func read(upTo byteCount: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    let count = try uninterrupted {
      let count = unsafe span.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(file.rawValue, bytes.baseAddress, bytes.count)
      }
      // There is nothing to read now.
      if count < 0, errno == EAGAIN { return 0 }
      return count < 0 ? -Int(errno) : count
    }
    return Array(bytes.prefix(count))
  }
}
