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
    let file = try OwnedDescriptor.reading(path)
    return try bytes(of: file.borrowed)
  }

  /// Reads what is left of an open file. lseek(2) twice, read(2) until its end.
  package static func bytes(of file: FileDescriptor) throws(Errno) -> [UInt8] {
    // Most files of /proc say that they are empty, and some cannot be asked.
    let size = (try? file.byteCount()) ?? 0
    if size > 0 { try file.rewind() }
    var room = max(4096, size + 1)
    var bytes = try file.read(upTo: room)
    while bytes.count == room {
      bytes += try file.read(upTo: room)
      room *= 2
    }
    return bytes
  }

  /// Reads bytes of a file that need not be there, or not be for this process to read.
  ///
  /// - Returns: nil if there is no such file, or this process may not read it (`ENOENT`, `ENOTDIR`, `EACCES`, `EPERM`).
  /// - Throws: every other failure, which says nothing of what the file holds.
  package static func bytesIfReadable(_ path: FilePath) throws(Errno) -> [UInt8]? {
    do throws(Errno) {
      return try bytes(of: path)
    } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
  }

  /// Reads text of a file that need not be there. See ``bytesIfReadable(_:)``.
  package static func textIfReadable(_ path: FilePath) throws(Errno) -> String? {
    try bytesIfReadable(path).map { String(decoding: $0, as: UTF8.self) }
  }
}

// MARK: - Why it failed

extension KernelFile {
  /// The failure to read a file of /proc or /sys, with the cause that the errno tells.
  ///
  /// - Parameters:
  ///   - file: what was to be read.
  ///   - path: the path that the error is about; nil if it is about something else, such as a map.
  ///   - consequence: what is not known without the file, as a sentence without its end.
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
      case .noSuchFileOrDirectory, .notDirectory: "there is no \(file); is \(mount) mounted?"
      default: "\(file) cannot be read"
      }
    return BPFError(
      operation, errno.unansweredCode, errno: errno, subject, path: path, "\(consequence): \(cause)")
  }
}

extension Errno {
  /// Whether a file is not there, or not there for this process: what it holds is then left out.
  var isAbsence: Bool {
    switch self {
    case .noSuchFileOrDirectory, .notDirectory, .permissionDenied, .notPermitted: true
    default: false
    }
  }

  /// Whether a call failed for what passes: no descriptor, no memory, or a signal. It says nothing of what was asked.
  package var isPassing: Bool {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: true
    default: isInterruption
    }
  }

  /// The code of an error where the kernel gave no answer to a question.
  package var unansweredCode: BPFError.Code {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: .outOfResources
    case .permissionDenied, .notPermitted: .permissionDenied
    case .noSuchFileOrDirectory, .notDirectory: .unavailable
    default: .system
    }
  }
}
