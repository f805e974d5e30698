//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import ELF
public import SystemPackage

extension ExecutableFile {
  /// Finds an executable or a shared library by a name without a path.
  ///
  /// Names that end in `.so`, or contain `.so.`, are libraries. They are searched as by the dynamic linker: in the
  /// directories of `LD_LIBRARY_PATH`, in /etc/ld.so.cache, and in the system's default directories, with the
  /// `glibc-hwcaps` subdirectories that this processor supports. Libraries for other machines are skipped. Other names
  /// are searched in the directories of `PATH`.
  ///
  /// System calls: access(2) for each directory, and those of reading the cache and the header of each file found.
  ///
  /// - Parameter name: a name, or a path, which is returned unchanged.
  /// - Returns: the path.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if there is no such file, `BPFError.Code.invalidName` for an
  ///   empty name.
  public static func find(_ name: FilePath) throws(BPFError) -> FilePath {
    try find(name, in: .own)
  }

  /// Finds a process's file by name or path, and returns the caller's path to it.
  static func find(_ name: FilePath, in root: ProcessRoot) throws(BPFError) -> FilePath {
    let text = name.string
    guard !text.isEmpty else { throw BPFError(.findSymbol, .invalidName, "the path of the file is empty") }
    guard !text.utf8.contains(UInt8(ascii: "/")) else { return try root.path(of: name) }
    let isLibrary = text.hasSuffix(".so") || text.contains(".so.")
    guard let found = try isLibrary ? library(text, in: root) : program(text, in: root) else {
      throw BPFError(
        .findSymbol, .notFound,
        isLibrary
          ? "the dynamic linker's directories contain no library '\(text)' for this machine\(root.note): give its path"
          : "there is no executable file '\(text)' in PATH\(root.note): give its path")
    }
    return found
  }

  private static func program(_ name: String, in root: ProcessRoot) throws(BPFError) -> FilePath? {
    let directories = root.environmentVariable("PATH") ?? "/usr/bin:/bin:/usr/sbin:/sbin"
    return try root.first(of: paths(of: name, in: directories)) { $0.isExecutableFile }
  }

  private static func library(_ name: String, in root: ProcessRoot) throws(BPFError) -> FilePath? {
    let search = LibrarySearch(libraryPath: root.environmentVariable("LD_LIBRARY_PATH"))
    let paths = search.paths(of: name, cache: try root.path(of: "/etc/ld.so.cache"))
    return try root.first(of: paths, where: isForThisMachine)
  }

  private static func paths(of name: String, in directories: String) -> [FilePath] {
    directories.split(separator: ":").map { FilePath(String($0)).appending(name) }
  }

  /// Returns whether a path is an ELF file with this process's architecture and address size.
  static func isForThisMachine(_ path: FilePath) -> Bool {
    (try? ExecutableFile(at: path))?.isForThisMachine == true
  }

  /// Whether the file has this process's architecture and address size; true if the architecture is unknown.
  var isForThisMachine: Bool {
    format.isWide == (MemoryLayout<Int>.size == 8)
      && header.machine == Architecture.current?.elfMachine ?? header.machine
  }
}

extension ProcessRoot {
  /// The searched root as a part of a sentence; empty for the caller's own.
  fileprivate var note: String { process.map { " in the root directory of process \($0)" } ?? "" }

  /// Returns the first of the process's files that satisfies the predicate, by the caller's path to it.
  fileprivate func first(
    of paths: [FilePath], where fits: (FilePath) -> Bool
  ) throws(BPFError) -> FilePath? {
    for path in paths where process == nil || path.isAbsolute {
      let reached = try self.path(of: path)
      if fits(reached) { return reached }
    }
    return nil
  }
}
