//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// A file of tracefs, read without blocking as it grows.
package struct TraceFile: ~Copyable, Sendable {
  private let file: OwnedDescriptor

  private static let mounts: [FilePath] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]

  /// Opens a file of tracefs, at its mount point or through a private detached mount.
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

  /// Returns the available data, at most `byteCount` bytes; empty if there is none. read(2).
  package func read(upTo byteCount: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    let count = try uninterrupted {
      let count = unsafe span.withUnsafeMutableBytes { bytes in
        unsafe CLibrary.read(file.rawValue, bytes.baseAddress, bytes.count)
      }
      // No data is available now.
      if count < 0, errno == EAGAIN { return 0 }
      return count < 0 ? -Int(errno) : count
    }
    return Array(bytes.prefix(count))
  }
}
