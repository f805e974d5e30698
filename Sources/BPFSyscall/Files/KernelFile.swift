//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// Reads files of /proc and /sys, and others that are small enough to read at once.
package enum KernelFile {
  /// Returns a file's text. open(2), lseek(2) twice, read(2) until the end, close(2).
  package static func read(_ path: FilePath) throws(Errno) -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
  }

  /// Returns a file's bytes. open(2), lseek(2) twice, read(2) until the end, close(2).
  package static func bytes(of path: FilePath) throws(Errno) -> [UInt8] {
    let file = try OwnedDescriptor.reading(path)
    return try bytes(of: file.borrowed)
  }

  /// Returns an open file's bytes. lseek(2) twice, read(2) until the end.
  package static func bytes(of file: FileDescriptor) throws(Errno) -> [UInt8] {
    // Most files of /proc report a size of 0, and some are not seekable.
    let size = (try? file.byteCount()) ?? 0
    if size > 0 { try file.rewind() }
    var capacity = max(4096, size + 1)
    var bytes = try file.read(upTo: capacity)
    while bytes.count == capacity {
      bytes += try file.read(upTo: capacity)
      capacity *= 2
    }
    return bytes
  }

  /// Returns a file's bytes, or nil if it is missing or unreadable.
  ///
  /// - Returns: nil for `ENOENT`, `ENOTDIR`, `EACCES` and `EPERM`.
  /// - Throws: any other errno. It says nothing about the file's contents.
  package static func bytesIfReadable(_ path: FilePath) throws(Errno) -> [UInt8]? {
    do throws(Errno) {
      return try bytes(of: path)
    } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
  }

  /// Returns a file's text, or nil if it is missing or unreadable. See ``bytesIfReadable(_:)``.
  package static func textIfReadable(_ path: FilePath) throws(Errno) -> String? {
    try bytesIfReadable(path).map { String(decoding: $0, as: UTF8.self) }
  }
}

// MARK: - Errors

extension KernelFile {
  /// Returns the error for a failure to read a file of /proc or /sys, with the cause from the errno.
  ///
  /// - Parameters:
  ///   - file: the file to read.
  ///   - path: the path that the error is about; nil if it is about another object, such as a map.
  ///   - consequence: the effect of the missing file, as the first part of a sentence.
  package static func failure(
    _ operation: BPFError.Operation, reading file: FilePath, _ errno: Errno,
    _ subject: BPFError.Subject = .unknown,
    path: FilePath? = nil, _ consequence: String
  ) -> BPFError {
    let mount = file.components.first.map { "/\($0.string)" } ?? "/"
    let cause: String =
      switch errno {
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "no descriptor is left to read \(file)"
      case .noMemory: "no memory is left to read \(file)"
      case .permissionDenied, .notPermitted: "this process may not read \(file)"
      case .noSuchFileOrDirectory, .notDirectory: "\(file) does not exist; is \(mount) mounted?"
      default: "\(file) cannot be read"
      }
    return BPFError(
      operation, errno.unansweredCode, errno: errno, subject, path: path, "\(consequence): \(cause)")
  }
}

extension Errno {
  /// Whether a file does not exist or is not readable by this process. Callers treat both alike.
  var isAbsence: Bool {
    switch self {
    case .noSuchFileOrDirectory, .notDirectory, .permissionDenied, .notPermitted: true
    default: false
    }
  }

  /// Whether the error is transient: no descriptor, no memory, or a signal. It does not answer the request.
  package var isTransient: Bool {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: true
    default: isInterruption
    }
  }

  /// The error code for a request that the kernel did not answer.
  package var unansweredCode: BPFError.Code {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: .outOfResources
    case .permissionDenied, .notPermitted: .permissionDenied
    case .noSuchFileOrDirectory, .notDirectory: .unavailable
    default: .system
    }
  }
}
