//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// A file of /proc or /sys, or another that is small enough to be read whole.
package enum KernelFile {
  /// Reads text. open(2), lseek(2) twice, read(2) until its end, close(2).
  package static func read(_ path: FilePath) throws(Errno) -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
  }

  /// Reads bytes. open(2), lseek(2) twice, read(2) until its end, close(2).
  package static func bytes(of path: FilePath) throws(Errno) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter { try contents(of: file) }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Reads what is left of an open file. lseek(2) twice, read(2) until its end.
  package static func bytes(of file: FileDescriptor) throws(Errno) -> [UInt8] {
    do {
      return try contents(of: file)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func contents(of file: FileDescriptor) throws -> [UInt8] {
    // Most files of /proc say that they are empty, and some cannot be asked.
    let size = (try? file.seek(offset: 0, from: .end)) ?? 0
    if size > 0 { try file.seek(offset: 0, from: .start) }
    var bytes = [UInt8](repeating: 0, count: max(4096, Int(size) + 1))
    var count = 0
    while true {
      if count == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
      let read = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
      }
      guard read > 0 else { break }
      count += read
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
