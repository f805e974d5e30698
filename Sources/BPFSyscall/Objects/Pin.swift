//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// A path to pin an object at or to open it from. Explains the kernel's errors.
package struct Pin {
  let path: FilePath
  let kind: BPFObjectKind
  let subject: BPFError.Subject

  /// Creates a pin path for a kind of object. Errors name the object if there is one.
  package init(_ path: FilePath, of kind: BPFObjectKind, _ subject: BPFError.Subject = .unknown) {
    (self.path, self.kind, self.subject) = (path, kind, subject)
  }

  // MARK: - File status

  /// The file's directory.
  package var directory: FilePath {
    let parent = path.removingLastComponent()
    return parent.isEmpty ? "." : parent
  }

  /// Whether a file of any kind exists at the path. lstat(2).
  package var isTaken: Bool { mode(following: false) != nil }

  package var isSymbolicLink: Bool { mode(following: false).map { $0 & S_IFMT == S_IFLNK } ?? false }

  private func isDirectory(_ path: FilePath) -> Bool? {
    Pin(path, of: kind).mode(following: true).map { $0 & S_IFMT == S_IFDIR }
  }

  private func mode(following: Bool) -> mode_t? {
    var status = stat()
    let answer = unsafe path.withPlatformString { path in
      unsafe following ? stat(path, &status) : lstat(path, &status)
    }
    return answer == 0 ? status.st_mode : nil
  }

  /// Returns whether a path is on a BPF file system; nil if unknown.
  private func isOnBPFFileSystem(_ path: FilePath) -> Bool? {
    FileSystem.isBPF(at: path)
  }

  // MARK: - Errors

  package func failure(
    _ operation: BPFError.Operation, _ code: BPFError.Code, errno: Errno? = nil, _ explanation: String
  ) -> BPFError {
    BPFError(operation, code, errno: errno, subject, path: path, explanation)
  }

  /// Throws if the path is empty.
  package func check(_ operation: BPFError.Operation) throws(BPFError) {
    guard path.isEmpty else { return }
    throw failure(operation, .invalidArgument, "the path is empty")
  }

  /// Throws unless the opened object is of the expected kind.
  package func requireKind(_ descriptor: FileDescriptor) throws(BPFError) {
    try kind.descriptorKind.require(descriptor, path: path) {
      "\($0) is pinned there, not \(kind.descriptorKind)"
    }
  }

  /// Removes the file. unlink(2).
  package func unlink() throws(BPFError) {
    guard unsafe path.withPlatformString({ unsafe CLibrary.unlink($0) }) == 0 else {
      throw unlinkFailure(Errno(rawValue: CLibrary.errno))
    }
  }

  private func unlinkFailure(_ errno: Errno) -> BPFError {
    switch errno {
    case .noSuchFileOrDirectory:
      failure(.unpin, .notFound, errno: errno, "it was removed in the meantime")
    case .permissionDenied, .notPermitted:
      failure(
        .unpin, .permissionDenied, errno: errno, "this process may not remove files from '\(directory)'")
    case .readOnlyFileSystem:
      failure(.unpin, .permissionDenied, errno: errno, "the file system is mounted read-only")
    default: failure(.unpin, errno.unansweredCode, errno: errno, "")
    }
  }

  package func pinFailure(_ errno: Errno) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .fileExists: (.alreadyExists, "the path exists, and a pin never replaces a file")
      case .noSuchFileOrDirectory:
        BPFFileSystem.absence(at: directory).map { (.notBPFFileSystem, $0) }
          ?? (.notFound, "the directory '\(directory)' does not exist")
      case .notDirectory: (.notFound, "a part of '\(directory)' is not a directory")
      case .permissionDenied: (.permissionDenied, "this process may not create files in '\(directory)'")
      case .notPermitted: notPermittedCause
      case .invalidArgument: unpinnable
      case .noSpace, .noMemory, .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, "")
      case .readOnlyFileSystem: (.permissionDenied, "the file system is mounted read-only")
      case .fileNameTooLong: (.invalidName, "a file name has at most 255 bytes")
      default: (.system, "")
      }
    return failure(.pin, code, errno: errno, text)
  }

  private var notPermittedCause: (BPFError.Code, String) {
    if let absence = BPFFileSystem.absence(at: directory) { return (.notBPFFileSystem, absence) }
    if path.lastComponent?.string.contains(".") ?? true {
      return (.invalidName, "names on a BPF file system may not contain '.'")
    }
    if let refusal = Privilege.refusalOfEveryCall { return (.permissionDenied, refusal) }
    return (.permissionDenied, "a security policy of this system forbids it")
  }

  /// The kernel checks the object before it checks the path.
  private var unpinnable: (BPFError.Code, String) {
    if kind == .link, KernelRelease.isOlder(than: "5.7") {
      return (.unsupported, "this kernel cannot pin links: \(KernelRelease.requirement("5.7"))")
    }
    return (.invalidArgument, "the kernel cannot pin this \(kind.rawValue)")
  }

  /// - Parameter access: a description of the requested access; nil for the default.
  package func openFailure(_ errno: Errno, access: String? = nil) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory, .notDirectory: (.notFound, missing)
      case .permissionDenied: refusedFile
      case .notPermitted: Privilege.refusalOfEveryCall.map { (.permissionDenied, $0) } ?? refusedFile
      case .invalidArgument: anotherObject(access)
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the \(kind.rawValue)")
      case .tooManySymbolicLinkLevels, .fileNameTooLong: (.invalidArgument, "")
      default: (errno.unansweredCode, "")
      }
    return failure(.open, code, errno: errno, text)
  }

  private var missing: String {
    if let absence = BPFFileSystem.absence(at: directory) { return absence }
    return isDirectory(directory) == nil
      ? "the directory '\(directory)' does not exist" : "nothing is pinned there"
  }

  private var refusedFile: (BPFError.Code, String) {
    switch isDirectory(path) {
    case true: (.wrongObject, "this is a directory, not a pinned \(kind.rawValue)")
    case false where isOnBPFFileSystem(path) == false:
      (.notBPFFileSystem, "this file is not on a BPF file system, where \(kind.rawValue)s are pinned")
    default: (.permissionDenied, "the file's permissions deny this process access")
    }
  }

  /// Opens the object again with default access to name its kind, since links cannot be opened read-only or write-only.
  private func anotherObject(_ access: String?) -> (BPFError.Code, String) {
    guard let access, let object = try? BPFCommand.objectGet(path, flags: 0) else {
      return (.invalidArgument, "")
    }
    guard let found = try? DescriptorKind(of: object.borrowed), found != kind.descriptorKind else {
      return (.invalidArgument, "the \(kind.rawValue) cannot be opened \(access)")
    }
    return (.wrongObject, "\(found) is pinned there, not \(kind.descriptorKind)")
  }
}
