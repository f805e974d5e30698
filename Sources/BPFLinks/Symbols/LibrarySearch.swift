//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
package import SystemPackage

/// A search for shared libraries in the order of glibc's dynamic linker.
///
/// It searches the directories of `LD_LIBRARY_PATH`, then the cache, then the system's default directories. In each
/// directory, the `glibc-hwcaps` subdirectories that this processor supports come first, the best one first (glibc
/// 2.33).
package struct LibrarySearch: Sendable {
  /// The value of `LD_LIBRARY_PATH`; nil if it is not set.
  package var libraryPath: String?

  /// The `glibc-hwcaps` subdirectories to search, the best one first.
  package var variants: [String]

  /// Creates a search.
  package init(libraryPath: String?, variants: [String] = LibrarySearch.supportedVariants) {
    (self.libraryPath, self.variants) = (libraryPath, variants)
  }

  /// Returns the path of the library that this process would load; nil if there is none for this machine.
  package func path(of name: String) -> FilePath? {
    paths(of: name, cache: "/etc/ld.so.cache").first(where: ExecutableFile.isForThisMachine)
  }

  /// Returns the candidate paths of a library, in the dynamic linker's order.
  ///
  /// - Parameter cache: the path of the cache; another process's cache may have another path.
  func paths(of name: String, cache: FilePath) -> [FilePath] {
    let listed = (try? KernelFile.bytes(of: cache)).map {
      LibraryCache.paths(of: name, in: $0, variants: variants)
    }
    return paths(of: name, in: preferredDirectories) + (listed ?? [])
      + paths(of: name, in: LibrarySearch.usualDirectories)
  }

  private func paths(of name: String, in directories: [FilePath]) -> [FilePath] {
    directories.flatMap { directory in
      variants.map { directory.appending("glibc-hwcaps").appending($0).appending(name) }
        + [directory.appending(name)]
    }
  }

  /// The directories of `LD_LIBRARY_PATH`. An empty one is the current directory.
  private var preferredDirectories: [FilePath] {
    guard let libraryPath, !libraryPath.isEmpty else { return [] }
    return libraryPath.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == ";" }
      .map { $0.isEmpty ? "." : FilePath(String($0)) }
  }
}

extension LibrarySearch {
  /// The `glibc-hwcaps` subdirectories that this processor supports, the best one first.
  package static var supportedVariants: [String] {
    (2...4).reversed().filter { $0 <= Environment.x86Level }.map { "x86-64-v\($0)" }
  }

  /// The system's default directories, including those of distributions that sort libraries by architecture.
  private static var usualDirectories: [FilePath] {
    let sorted = Architecture.current?.libraryDirectory.map {
      [FilePath("/lib/\($0)"), FilePath("/usr/lib/\($0)")]
    }
    return (sorted ?? []) + ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
  }
}
