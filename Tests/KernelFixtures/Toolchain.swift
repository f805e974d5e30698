//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The toolchain that builds these tests.
package enum Toolchain {
  /// Checks C `source` without making anything of it; what clang has to say, empty if it is content.
  package static func check(_ source: String) throws(FixtureError) -> String {
    let arguments = ["-x", "c", "-std=gnu17", "-fsyntax-only", "-w", "-ferror-limit=0", "-"]
    let result = try Command.run(try clang(), arguments, input: source)
    return result.status == 0 ? "" : result.standardError + "clang ended with status \(result.status)"
  }

  /// Compiles C `source` for BPF, as programs do, to an object file at `path`.
  package static func compile(_ source: String, to path: FilePath) throws(FixtureError) {
    let arguments = ["-target", "bpf", "-g", "-O2", "-mcpu=v3", "-x", "c", "-c", "-", "-o", path.string]
    let result = try Command.run(try clang(), arguments, input: source)
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// The clang in `PATH`, or the one beside the swift in `PATH`.
  private static func clang() throws(FixtureError) -> String {
    let directories = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
      String.init)
    let candidates = directories.map { $0 + "/clang" } + directories.compactMap { beside($0 + "/swift") }
    if let path = candidates.first(where: { (path: String) in access(path, X_OK) == 0 }) { return path }
    throw FixtureError(operation: "find the toolchain's clang", errno: .noSuchFileOrDirectory)
  }

  private static func beside(_ swift: String) -> String? {
    guard let resolved = realpath(swift, nil) else { return nil }
    defer { free(resolved) }
    return FilePath(String(cString: resolved)).removingLastComponent().appending("clang").string
  }
}
