//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
package import SystemPackage

/// Finds the file of a shared library that programs get, as the dynamic linker of glibc does.
///
/// It looks into the directories of `LD_LIBRARY_PATH`, then into its cache, then into the system's usual directories. In
/// each directory, the subdirectories of `glibc-hwcaps` come first that are for this processor, the best one first
/// (glibc 2.33).
package struct LibrarySearch: Sendable {
  /// The directory in which absolute paths begin: `/`, or `/proc/PID/root` for the files that another process sees.
  package var root: FilePath

  /// The value of `LD_LIBRARY_PATH`; nil if it is not set.
  package var libraryPath: String?

  /// The subdirectories of `glibc-hwcaps` to look into, the best one first.
  package var variants: [String]

  /// A search.
  package init(
    root: FilePath = "/", libraryPath: String?, variants: [String] = LibrarySearch.supportedVariants
  ) {
    (self.root, self.libraryPath, self.variants) = (root, libraryPath, variants)
  }

  /// Returns the library's path, which begins with the root; nil if there is no such library for this machine.
  package func path(of name: String) -> FilePath? {
    find(name, in: preferredDirectories)
      ?? cached(name).first(where: ExecutableFile.isForThisMachine)
      ?? find(name, in: LibrarySearch.usualDirectories.map { within($0) })
  }

  /// The paths that the cache has for a name, in the order in which the dynamic linker takes them.
  private func cached(_ name: String) -> [FilePath] {
    guard let bytes = try? KernelFile.bytes(of: within("/etc/ld.so.cache")) else { return [] }
    return LibraryCache.paths(of: name, in: bytes, variants: variants).map { within($0) }
  }

  private func find(_ name: String, in directories: [FilePath]) -> FilePath? {
    for directory in directories {
      let paths =
        variants.map { directory.appending("glibc-hwcaps").appending($0).appending(name) }
        + [directory.appending(name)]
      if let found = paths.first(where: ExecutableFile.isForThisMachine) { return found }
    }
    return nil
  }

  /// The directories of `LD_LIBRARY_PATH`. An empty one is the current directory.
  private var preferredDirectories: [FilePath] {
    guard let libraryPath, !libraryPath.isEmpty else { return [] }
    return libraryPath.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == ";" }
      .map { within($0.isEmpty ? "." : FilePath(String($0))) }
  }

  /// Where an absolute path is, seen from this process.
  private func within(_ path: FilePath) -> FilePath {
    path.isAbsolute && root != "/" ? root.appending(path.components) : path
  }
}

extension LibrarySearch {
  /// The subdirectories of `glibc-hwcaps` that are for this processor, the best one first.
  package static var supportedVariants: [String] {
    (2...4).reversed().filter { $0 <= Environment.x86Level }.map { "x86-64-v\($0)" }
  }

  /// Where libraries are that no cache lists, on distributions that sort them by architecture and on others.
  private static var usualDirectories: [FilePath] {
    #if arch(x86_64)
    let sorted: [FilePath] = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"]
    #elseif arch(arm64)
    let sorted: [FilePath] = ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
    #else
    let sorted: [FilePath] = []
    #endif
    return sorted + ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
  }
}
