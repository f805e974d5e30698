//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The root directory of a process.
///
/// A process in another mount namespace, such as a container's, or one that has called chroot(2), has other files at
/// the same paths. The caller reaches them through /proc/PID/root.
struct ProcessRoot: Sendable {
  /// The process that has this root; nil for the caller's own root.
  let process: Int32?

  /// The caller's root, which leaves paths unchanged.
  static let own = ProcessRoot(process: nil)

  private init(process: Int32?) { self.process = process }

  /// Finds the root of a process: the caller's own if both see the same mounts.
  ///
  /// Reads /proc/PID/mountinfo, and that of the calling thread.
  ///
  /// - Parameter process: the process ID; nil or 0 for the caller.
  init(of process: Int32?) {
    guard let process, process > 0,
      // Without /proc, or the process, the roots cannot be compared: a later system call reports the error.
      let theirs = try? KernelFile.read(FilePath("/proc/\(process)/mountinfo")),
      let ours = try? KernelFile.read("/proc/thread-self/mountinfo"),
      ProcessRoot.mountID(in: theirs) != ProcessRoot.mountID(in: ours)
    else {
      self = .own
      return
    }
    self.init(process: process)
  }

  /// Returns the id of the mount at the root, from the text of /proc/PID/mountinfo; nil if the root is within a mount.
  /// No two namespaces share an id.
  static func mountID(in text: String) -> String? {
    // The last of several stacked mounts is visible.
    text.split(separator: "\n").last { line in
      line.split(separator: " ", maxSplits: 5).dropFirst(4).first == "/"
    }?.split(separator: " ").first.map(String.init)
  }
}

// MARK: - Paths

extension ProcessRoot {
  /// The caller's path to the root.
  var directory: FilePath? { process.map { FilePath("/proc/\($0)/root") } }

  /// Returns the caller's path to a file of the process.
  ///
  /// Resolves symbolic links, which the kernel would resolve from the caller's root. Paths in /proc identify processes
  /// and refer to the caller's files.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.invalidArgument` for a relative path, `BPFError.Code.permissionDenied` if the
  ///   process's files cannot be reached.
  func path(of path: FilePath) throws(BPFError) -> FilePath {
    guard let directory, !path.starts(with: "/proc") else { return path }
    guard path.isAbsolute else {
      throw BPFError(
        .findSymbol, .invalidArgument, path: path,
        "process \(process ?? 0) has its own root directory or mount namespace, with other files: give an absolute path"
      )
    }
    do throws(Errno) {
      _ = try directory.appending(".").symbolicLinkTarget()
    } catch {
      throw BPFError(
        .findSymbol, .permissionDenied, errno: error, path: path,
        "process \(process ?? 0) has its own root directory or mount namespace, and this process may not "
          + "reach its files at \(directory): that requires CAP_SYS_PTRACE")
    }
    return directory.appending(resolved(path).components)
  }

  /// Resolves the symbolic links in a path, in the process's root.
  private func resolved(_ path: FilePath) -> FilePath {
    var resolved = FilePath("/")
    var rest = Array(path.components.reversed())
    // The kernel's limit.
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

  /// Returns the process's own path for a file that the caller reaches through the process's root.
  func ownPath(of path: FilePath) -> FilePath {
    var path = path
    guard let directory, path.removePrefix(directory) else { return path }
    return FilePath("/").pushing(path)
  }

  /// Returns a variable of the process's environment at program start; nil if it is not set.
  func environmentVariable(_ name: String) -> String? {
    guard let process else { return Environment[name] }
    let variables = (try? KernelFile.bytes(of: FilePath("/proc/\(process)/environ"))) ?? []
    let prefix = Array("\(name)=".utf8)
    return variables.split(separator: 0).first { $0.starts(with: prefix) }
      .map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }
}
