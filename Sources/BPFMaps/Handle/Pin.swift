//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Glibc
internal import SystemPackage

/// A path where a map is, or shall be, pinned, and why the kernel refuses it.
struct Pin {
  let path: FilePath

  init(_ path: FilePath) { self.path = path }

  // MARK: - What is there

  /// The directory the file is in.
  private var directory: FilePath {
    let parent = path.removingLastComponent()
    return parent.isEmpty ? "." : parent
  }

  var isSymbolicLink: Bool { mode(following: false).map { $0 & S_IFMT == S_IFLNK } ?? false }

  private func isDirectory(_ path: FilePath) -> Bool? {
    Pin(path).mode(following: true).map { $0 & S_IFMT == S_IFDIR }
  }

  private func mode(following: Bool) -> mode_t? {
    var status = stat()
    let answer = unsafe path.withPlatformString { path in
      unsafe following ? stat(path, &status) : lstat(path, &status)
    }
    return answer == 0 ? status.st_mode : nil
  }

  /// Whether a path is on a BPF file system; nil if it cannot be told.
  private func isOnBPFFileSystem(_ path: FilePath) -> Bool? {
    FileSystem.isBPF(at: path)
  }

  // MARK: - Why it failed

  func failure(
    _ operation: BPFError.Operation, _ code: BPFError.Code, _ map: MapHandle?, errno: Errno? = nil,
    _ explanation: String
  ) -> BPFError {
    BPFError(
      operation, code, errno: errno, mapName: map?.name, mapID: map?.id, path: path, explanation)
  }

  /// Refuses a path that is none.
  func check(_ operation: BPFError.Operation, _ map: MapHandle?) throws(BPFError) {
    guard path.isEmpty else { return }
    throw failure(operation, .invalidArgument, map, "the path is empty")
  }

  func unlinkFailure(_ errno: Errno, _ map: MapHandle) -> BPFError {
    switch errno {
    case .noSuchFileOrDirectory:
      failure(.unpin, .notFound, map, errno: errno, "somebody else has just removed it")
    case .permissionDenied, .notPermitted:
      failure(
        .unpin, .permissionDenied, map, errno: errno, "this user may not remove files from '\(directory)'")
    case .readOnlyFileSystem:
      failure(.unpin, .permissionDenied, map, errno: errno, "the file system is mounted read-only")
    default: failure(.unpin, .system, map, errno: errno, "")
    }
  }

  func pinFailure(_ errno: Errno, _ map: MapHandle) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .fileExists: (.alreadyExists, "something is there already, and a pin never replaces it")
      case .noSuchFileOrDirectory: (.notFound, "the directory '\(directory)' does not exist")
      case .notDirectory: (.notFound, "a part of '\(directory)' is not a directory")
      case .permissionDenied: (.permissionDenied, "this user may not create files in '\(directory)'")
      case .notPermitted, .invalidArgument: refusedPlace
      case .fileNameTooLong: (.invalidName, "a file name has at most 255 bytes")
      default: (.system, "")
      }
    return failure(.pin, code, map, errno: errno, text)
  }

  private var refusedPlace: (BPFError.Code, String) {
    if isOnBPFFileSystem(directory) == false { return (.notBPFFileSystem, notBPFFileSystem) }
    if path.lastComponent?.string.contains(".") ?? true {
      return (.invalidName, "the names of a BPF file system may not contain '.'")
    }
    return (.permissionDenied, "a security policy of this system forbids it")
  }

  private var notBPFFileSystem: String {
    "'\(directory)' is not on a BPF file system; mount one there, such as by 'mount -t bpf bpf /sys/fs/bpf'"
  }

  func openFailure(_ errno: Errno, _ access: MapAccess) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory, .notDirectory: (.notFound, missing)
      case .permissionDenied, .notPermitted: refusedFile
      case .invalidArgument: notAMap(access)
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the map")
      case .tooManySymbolicLinkLevels, .fileNameTooLong: (.invalidArgument, "")
      default: (.system, "")
      }
    return failure(.open, code, nil, errno: errno, text)
  }

  private var missing: String {
    if isDirectory(directory) == nil { return "the directory '\(directory)' does not exist" }
    return isOnBPFFileSystem(directory) == false
      ? "there is no such file, and '\(directory)' is not on a BPF file system" : "nothing is pinned there"
  }

  private var refusedFile: (BPFError.Code, String) {
    switch isDirectory(path) {
    case true: (.wrongObject, "this is a directory, not a pinned map")
    case false where isOnBPFFileSystem(path) == false:
      (.notBPFFileSystem, "this file is not on a BPF file system, where maps are pinned")
    default: (.permissionDenied, "the file's permissions forbid it to this user")
    }
  }

  /// Links cannot be opened read-only or write-only, so what is pinned must be opened anew to be named.
  private func notAMap(_ access: MapAccess) -> (BPFError.Code, String) {
    guard access != .readWrite, let object = try? BPFCommand.objectGet(path, flags: 0) else {
      return (.invalidArgument, "")
    }
    guard let kind = try? DescriptorKind(of: object.borrowed), kind != .map else {
      return (.invalidArgument, "the map cannot be opened \(access)")
    }
    return (.wrongObject, "\(kind) is pinned there, not a BPF map")
  }
}
