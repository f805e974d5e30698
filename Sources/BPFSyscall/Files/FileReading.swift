//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

// Reading files. Interrupted calls are repeated a limited number of times, as those of bpf(2) are.

extension OwnedDescriptor {
  /// Opens a file for reading, close-on-exec. open(2).
  ///
  /// - Parameter isBlocking: whether the call waits for the other end of a pipe.
  package static func reading(_ path: FilePath, isBlocking: Bool = true) throws(Errno) -> OwnedDescriptor {
    let flags = O_RDONLY | O_CLOEXEC | (isBlocking ? 0 : O_NONBLOCK)
    let descriptor = try uninterrupted {
      let descriptor = unsafe path.withPlatformString { unsafe CLibrary.open($0, flags) }
      return descriptor < 0 ? -Int(errno) : Int(descriptor)
    }
    return OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: descriptor))
  }
}

extension OwnedDescriptor {
  /// Opens a file without access to its contents, close-on-exec. It needs no permission on the file, and does not wait
  /// for the other end of a pipe. open(2) with `O_PATH`.
  package static func naming(_ path: FilePath) throws(Errno) -> OwnedDescriptor {
    let descriptor = unsafe path.withPlatformString { unsafe CLibrary.open($0, linux_open_path | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    return OwnedDescriptor(rawValue: descriptor)
  }
}

extension FileDescriptor {
  /// Reads into an array from an index to its end. read(2).
  ///
  /// - Returns: the number of bytes; 0 at the end of the file.
  package func read(into bytes: inout [UInt8], from index: Int) throws(Errno) -> Int {
    let number = rawValue
    return try uninterrupted {
      let count = unsafe bytes.withUnsafeMutableBytes { bytes in
        let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[index...])
        return unsafe CLibrary.read(number, buffer.baseAddress, buffer.count)
      }
      return count < 0 ? -Int(errno) : count
    }
  }

  /// Reads up to `byteCount` bytes, or until the end of the file. Calls read(2) until then.
  ///
  /// The buffer is not zeroed first.
  func read(upTo byteCount: Int) throws(Errno) -> [UInt8] {
    let number = rawValue
    var failure: Errno?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
      do throws(Errno) {
        while count < byteCount {
          let buffer = unsafe UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(bytes)[count...])
          let read = try uninterrupted {
            let count = unsafe CLibrary.read(number, buffer.baseAddress, buffer.count)
            return count < 0 ? -Int(errno) : count
          }
          guard read > 0 else { break }
          count += read
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Reads into a buffer from an offset in the file. pread(2).
  ///
  /// - Returns: the number of bytes; 0 at the end of the file.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    let number = rawValue
    return try uninterrupted {
      let count = unsafe CLibrary.pread(number, buffer.baseAddress, buffer.count, off_t(offset))
      return count < 0 ? -Int(errno) : count
    }
  }

  /// Seeks to the beginning of the file. lseek(2).
  func rewind() throws(Errno) {
    guard CLibrary.lseek(rawValue, 0, SEEK_SET) >= 0 else { throw Errno(rawValue: errno) }
  }

  /// Returns the size of the file in bytes. lseek(2), which leaves the position at the end.
  package func byteCount() throws(Errno) -> Int {
    let count = CLibrary.lseek(rawValue, 0, SEEK_END)
    guard count >= 0 else { throw Errno(rawValue: errno) }
    return Int(count)
  }
}
