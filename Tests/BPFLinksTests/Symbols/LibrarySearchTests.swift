//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import KernelFixtures
import Testing

@Suite("Library search compared to the dynamic linker", .sources, .notEmulated(.asksNoKernel))
struct LibrarySearchTests {
  /// A library with several variants, and a program that needs it. `ld.so --list` shows the variant that is loaded.
  private struct Libraries {
    let directory: FilePath
    let name = "libvariants.so.3"

    init(in directory: FilePath) throws {
      self.directory = directory
      let (library, program) = (directory.appending("library.c"), directory.appending("program.c"))
      try SymbolTests.write(Array("int variant(void) { return 1; }".utf8), to: library)
      try SymbolTests.write(
        Array("int variant(void); int main(void) { return variant(); }".utf8), to: program)
      try Toolchain.compileForUserSpace(
        file: library, to: directory.appending(name),
        ["-shared", "-fPIC", "-nostdlib", "-Wl,-soname,\(name)"])
      try Toolchain.compileForUserSpace(
        file: program, to: directory.appending("program"), [directory.appending(name).string])
    }

    /// Copies the library into a directory, and into subdirectories of its `glibc-hwcaps`.
    func install(in directory: FilePath, _ variants: [String]) throws {
      for folder in [directory] + variants.map({ directory.appending("glibc-hwcaps").appending($0) }) {
        _ = try Command.run("mkdir", ["-p", folder.string])
        _ = try Command.run("cp", [self.directory.appending(name).string, folder.string])
      }
    }

    /// Returns the path of the library that the program loads; nil if there is none.
    ///
    /// - Parameter cache: a replacement for /etc/ld.so.cache.
    func linked(libraryPath: String? = nil, cache: FilePath? = nil) throws -> FilePath? {
      let program = directory.appending("program").string
      let environment = libraryPath.map { ["LD_LIBRARY_PATH": $0] } ?? [:]
      // Only a replaced cache requires a mount, and root.
      let output =
        try cache.map { cache in
          try MountNamespace.run(
            "mount --bind \(cache) /etc/ld.so.cache && \(linker) --list \(program)", environment: environment)
        } ?? Command.run(linker, ["--list", program], environment: environment)
      let line = output.standardOutput.split(separator: "\n").first { $0.contains(name) }
      return (line?.split(separator: " ").dropFirst(2).first).map { FilePath(String($0)) }
    }
  }

  @Test("The supported variants are those that the dynamic linker searches")
  func variants() throws {
    let help = try Command.run(linker, ["--help"]).standardOutput
    let list = try #require(help.firstRange(of: "Subdirectories of glibc-hwcaps directories"))
    let lines = help[list.upperBound...].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("  ") }
    let searched = lines.filter { $0.contains("searched") }.compactMap { $0.split(separator: " ").first }
    #expect(LibrarySearch.supportedVariants == searched.map(String.init))
  }

  @Test("Finds the same library as the dynamic linker with LD_LIBRARY_PATH")
  func libraryPath() throws {
    try withTemporaryDirectory { directory in
      let libraries = try Libraries(in: directory)
      let (first, second) = (directory.appending("first"), directory.appending("second"))
      try libraries.install(in: first, [])
      try libraries.install(in: second, ["x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v9", "other"])
      for path in [
        "\(second)", "\(second):\(first)", "\(first):\(second)", "\(first);\(second)", "/none::\(second)",
      ] {
        let expected = try #require(try libraries.linked(libraryPath: path))
        #expect(LibrarySearch(libraryPath: path).path(of: libraries.name) == expected, "\(path)")
      }
      // Without the best variant, the next one is found.
      for variant in LibrarySearch.supportedVariants {
        let best = second.appending("glibc-hwcaps").appending(variant)
        #expect(try libraries.linked(libraryPath: "\(second)") == best.appending(libraries.name))
        _ = try Command.run("rm", ["-r", best.string])
        #expect(
          try LibrarySearch(libraryPath: "\(second)").path(of: libraries.name)
            == libraries.linked(libraryPath: "\(second)"))
      }
      let none = LibrarySearch(libraryPath: "\(second)", variants: []).path(of: libraries.name)
      #expect(none == second.appending(libraries.name))
    }
  }

  @Test("Finds the same library as the dynamic linker with the cache", .kernel)
  func cache() throws {
    try withTemporaryDirectory { directory in
      let libraries = try Libraries(in: directory)
      let (folder, cache) = (directory.appending("folder"), directory.appending("ld.so.cache"))
      try libraries.install(in: folder, ["x86-64-v2", "x86-64-v3", "x86-64-v4"])
      let configuration = directory.appending("ld.so.conf")
      try SymbolTests.write(Array("\(folder)\n".utf8), to: configuration)
      func paths(_ variants: [String]) throws -> [FilePath] {
        LibraryCache.paths(of: libraries.name, in: try SymbolTests.readAll(cache), variants: variants)
      }
      func makeCache() throws {
        let made = try Command.run("/sbin/ldconfig", ["-X", "-C", cache.string, "-f", configuration.string])
        try #require(made.status == 0, "\(made.standardError)")
      }
      try makeCache()
      let supported = LibrarySearch.supportedVariants
      #expect(try paths(supported).first == libraries.linked(cache: cache))
      #expect(try paths(["x86-64-v3"]).count == 2 && paths([]) == [folder.appending(libraries.name)])
      if let best = supported.first {
        _ = try Command.run("rm", ["-r", folder.appending("glibc-hwcaps").appending(best).string])
        try makeCache()
        #expect(try paths(supported).first == libraries.linked(cache: cache))
      }
    }
  }
}

/// The dynamic linker of this process.
private let linker: String =
  (try? SymbolTests.readAll("/proc/self/maps")).flatMap { bytes in
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.contains("/ld-linux") }?
      .split(separator: " ").last.map(String.init)
  } ?? "ld.so"
