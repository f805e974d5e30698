//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A file that is read in pieces, each copied.
///
/// It is not mapped: where somebody cuts a mapped file off, there is no memory, and the process ends. What is cut off from
/// this one is just not there.
struct FileBytes: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor
  private let path: FilePath

  /// How many bytes the file had when it was opened.
  let count: Int

  /// The most bytes that are read at once, more than the symbols of any program have: a file's head can say anything.
  private static let maximumPiece = 1 << 30

  /// Opens a file. open(2) and lseek(2).
  init(_ path: FilePath) throws(BPFError) {
    // What is no file, such as a pipe, must not have the caller wait for its other side.
    let file = try FileBytes.naming(path) { () throws(Errno) in
      try OwnedDescriptor.reading(path, isBlocking: false)
    }
    count = try FileBytes.naming(path) { () throws(Errno) in try file.borrowed.byteCount() }
    self.path = path
    descriptor = file
  }

  private static func naming<R: ~Copyable>(
    _ path: FilePath, _ call: () throws(Errno) -> R
  ) throws(BPFError) -> R {
    do throws(Errno) {
      return try call()
    } catch {
      throw failure(path, error)
    }
  }

  /// Some of the bytes, by pread(2); nil if they are not all there, or too many.
  borrowing func part(_ offset: Int, _ count: Int) throws(BPFError) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset,
      count <= FileBytes.maximumPiece
    else { return nil }
    let file = descriptor.borrowed
    var failure: Errno?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      while filled < count {
        do throws(Errno) {
          let room = unsafe UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(bytes)[filled...])
          let read = try unsafe file.read(at: offset + filled, into: room)
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

  /// The checksum of the whole file, which is read in pieces. pread(2).
  borrowing func checksum() throws(BPFError) -> UInt32 {
    var checksum = CRC32()
    var offset = 0
    while offset < count, let piece = try part(offset, min(count - offset, 1 << 20)) {
      checksum.add(piece[...])
      offset += piece.count
    }
    return checksum.checksum
  }

  /// What it means that a file cannot be read.
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
