//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import ELF
internal import SystemPackage

/// A file that is read in copied pieces.
///
/// The file is not mapped, because accessing a mapping of a truncated file kills the process. Reading a truncated file
/// just returns nil.
struct FileBytes: ELFSource, ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor
  private let path: FilePath

  /// The file's size when it was opened.
  let count: Int

  /// The most bytes of one read, more than any program's symbols have: a file's headers can specify any size.
  private static let maximumReadSize = 1 << 30

  /// Opens a file with open(2) and lseek(2).
  init(_ path: FilePath) throws(BPFError) {
    // Opening a pipe must not block until its other end is opened.
    let file = try FileBytes.reportingErrors(path) { () throws(Errno) in
      try OwnedDescriptor.reading(path, isBlocking: false)
    }
    count = try FileBytes.reportingErrors(path) { () throws(Errno) in try file.borrowed.byteCount() }
    self.path = path
    descriptor = file
  }

  private static func reportingErrors<R: ~Copyable>(
    _ path: FilePath, _ call: () throws(Errno) -> R
  ) throws(BPFError) -> R {
    do throws(Errno) {
      return try call()
    } catch {
      throw failure(path, error)
    }
  }

  /// Reads a part of the file with pread(2); nil if it exceeds the file or the limit.
  borrowing func part(_ offset: Int, _ count: Int) throws(BPFError) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset,
      count <= FileBytes.maximumReadSize
    else { return nil }
    let file = descriptor.borrowed
    var failure: Errno?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      while filled < count {
        do throws(Errno) {
          let buffer = unsafe UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(bytes)[filled...])
          let read = try unsafe file.read(at: offset + filled, into: buffer)
          guard read > 0 else { return }
          filled += read
        } catch {
          failure = error
          return
        }
      }
    }
    if let failure { throw FileBytes.failure(path, failure) }
    return bytes.count == count ? bytes : nil
  }

  borrowing func part(_ offset: Int, _ count: Int, isSwapped: Bool) throws(BPFError) -> ByteReader? {
    try part(offset, count).map { ByteReader($0, isSwapped: isSwapped) }
  }

  borrowing func malformed(_ reason: String) -> BPFError {
    BPFError(.findSymbol, .malformed, path: path, reason)
  }

  /// Returns the checksum of the whole file, read in pieces with pread(2).
  borrowing func checksum() throws(BPFError) -> UInt32 {
    var checksum = CRC32()
    var offset = 0
    while offset < count, let piece = try part(offset, min(count - offset, 1 << 20)) {
      checksum.add(piece[...])
      offset += piece.count
    }
    return checksum.checksum
  }

  /// Returns the error for a file that cannot be read.
  private static func failure(_ path: FilePath, _ errno: Errno) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory, .notDirectory: (.notFound, "there is no such file")
      case .isDirectory: (.wrongObject, "this is a directory")
      case .permissionDenied, .notPermitted: (.permissionDenied, "this process may not read the file")
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, "no descriptor is left")
      default: (.system, "")
      }
    return BPFError(.findSymbol, code, errno: errno, path: path, text)
  }
}
