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
  /// The value of `LD_LIBRARY_PATH`; nil if it is not set.
  package var libraryPath: String?

  /// The subdirectories of `glibc-hwcaps` to look into, the best one first.
  package var variants: [String]

  /// A search.
  package init(libraryPath: String?, variants: [String] = LibrarySearch.supportedVariants) {
    (self.libraryPath, self.variants) = (libraryPath, variants)
  }

  /// Returns the path of the library that this process would get; nil if there is none for this machine.
  package func path(of name: String) -> FilePath? {
    paths(of: name, cache: "/etc/ld.so.cache").first(where: ExecutableFile.isForThisMachine)
  }

  /// Returns the paths at which a library may be, in the order in which the dynamic linker looks.
  ///
  /// - Parameter cache: the path of the cache, which another process may have elsewhere.
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
  /// The subdirectories of `glibc-hwcaps` that are for this processor, the best one first.
  package static var supportedVariants: [String] {
    (2...4).reversed().filter { $0 <= Environment.x86Level }.map { "x86-64-v\($0)" }
  }

  /// Where libraries are that no cache lists, on distributions that sort them by architecture and on others.
  private static var usualDirectories: [FilePath] {
    let sorted = Architecture.current?.libraryDirectory.map {
      [FilePath("/lib/\($0)"), FilePath("/usr/lib/\($0)")]
    }
    return (sorted ?? []) + ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
  }
}
