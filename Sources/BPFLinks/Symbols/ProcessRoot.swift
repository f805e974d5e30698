//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The directory in which the paths of a process begin.
///
/// A process in another mount namespace, such as a container's, or one that has called chroot(2), has other files at the
/// same paths. They are reached through /proc/PID/root.
struct ProcessRoot: Sendable {
  /// The process whose root this is; nil for the caller's own.
  let process: Int32?

  /// The caller's root, in which paths are what they are.
  static let own = ProcessRoot(process: nil)

  private init(process: Int32?) { self.process = process }

  /// The root of a process: the caller's own if both see the same mounts.
  ///
  /// Reads /proc/PID/mountinfo, and that of the calling thread.
  ///
  /// - Parameter process: the process's number; nil or 0 for the caller.
  init(of process: Int32?) {
    guard let process, process > 0,
      // Without /proc, or the process, there is nothing to compare: the kernel says what is wrong.
      let theirs = try? KernelFile.read(FilePath("/proc/\(process)/mountinfo")),
      let ours = try? KernelFile.read("/proc/thread-self/mountinfo"),
      ProcessRoot.mountID(in: theirs) != ProcessRoot.mountID(in: ours)
    else {
      self = .own
      return
    }
    self.init(process: process)
  }

  /// Returns the id of the mount at the root, of the text of /proc/PID/mountinfo; nil if the root is within a mount. No two
  /// namespaces share an id.
  static func mountID(in text: String) -> String? {
    // Of several mounts on one another, the last is seen.
    text.split(separator: "\n").last { line in
      line.split(separator: " ", maxSplits: 5).dropFirst(4).first == "/"
    }?.split(separator: " ").first.map(String.init)
  }
}

// MARK: - Paths

extension ProcessRoot {
  /// Where the caller reaches the root.
  var directory: FilePath? { process.map { FilePath("/proc/\($0)/root") } }

  /// Returns the path by which the caller reaches a file of the process.
  ///
  /// Symbolic links are followed here: the kernel would take them to lead from the caller's own root. Paths in /proc name
  /// files by processes, and are the caller's.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.invalidArgument` for a relative path, which begins in no root,
  ///   `BPFError.Code.permissionDenied` if the process's files cannot be reached.
  func path(of path: FilePath) throws(BPFError) -> FilePath {
    guard let directory, !path.starts(with: "/proc") else { return path }
    guard path.isAbsolute else {
      throw BPFError(
        .findSymbol, .invalidArgument, path: path,
        "process \(process ?? 0) has other files than this one, in a mount namespace of its own: give an absolute path"
      )
    }
    do throws(Errno) {
      _ = try directory.appending(".").symbolicLinkTarget()
    } catch {
      throw BPFError(
        .findSymbol, .permissionDenied, errno: error, path: path,
        "process \(process ?? 0) has other files than this one, in a mount namespace of its own, and this process may not "
          + "reach them at \(directory): it takes CAP_SYS_PTRACE")
    }
    return directory.appending(resolved(path).components)
  }

  /// Follows the symbolic links in a path, in the process's root.
  private func resolved(_ path: FilePath) -> FilePath {
    var resolved = FilePath("/")
    var rest = Array(path.components.reversed())
    // As many as the kernel follows.
    var linksLeft = 40
    while let component = rest.popLast() {
      switch component.kind {
      case .currentDirectory: continue
      case .parentDirectory: resolved.removeLastComponent()
      case .regular:
        let next = resolved.appending(component)
        if linksLeft > 0, let target = try? directory?.appending(next.components).symbolicLinkTarget() {
          linksLeft -= 1
          if target.isAbsolute { resolved = "/" }
          rest += target.components.reversed()
        } else {
          resolved = next
        }
      }
    }
    return resolved
  }

  /// Returns the path that the process itself has for a file that is reached through its root.
  func ownPath(of path: FilePath) -> FilePath {
    var path = path
    guard let directory, path.removePrefix(directory) else { return path }
    return FilePath("/").pushing(path)
  }

  /// Returns a variable of the process's environment, as it was when its program was started; nil if it is not set.
  func environmentVariable(_ name: String) -> String? {
    guard let process else { return Environment[name] }
    let variables = (try? KernelFile.bytes(of: FilePath("/proc/\(process)/environ"))) ?? []
    let prefix = Array("\(name)=".utf8)
    return variables.split(separator: 0).first { $0.starts(with: prefix) }
      .map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }
}
