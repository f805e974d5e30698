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
  /// The argument that names the file of compiler options for BPF. A later target replaces the file's.
  private static let optionsForBPF = "@\(FixtureObjects.package.appending("Headers/clang-bpf.options"))"

  /// Checks the syntax of C `source`. Returns clang's diagnostics, empty if there are none.
  package static func check(_ source: String) throws(FixtureError) -> String {
    let arguments = ["-x", "c", "-std=gnu17", "-fsyntax-only", "-w", "-ferror-limit=0", "-"]
    let result = try Command.run(try clang(), arguments, input: source)
    return result.status == 0 ? "" : result.standardError + "clang ended with status \(result.status)"
  }

  /// Compiles C `source` for BPF to an object file at `path`.
  ///
  /// - Parameters:
  ///   - includePaths: the folders that `#include` searches.
  ///   - definitions: macros, as `NAME` or `NAME=value`.
  ///   - warnings: options for warnings, which become errors, such as `-Wall`. Without any, all warnings are off.
  ///   - target: clang's name of the target. `bpfeb` is big-endian.
  package static func compile(
    _ source: String, to path: FilePath, includePaths: [FilePath] = [], definitions: [String] = [],
    warnings: [String] = [], target: String = "bpf"
  ) throws(FixtureError) {
    let diagnostics = warnings.isEmpty ? ["-w"] : warnings + ["-Werror"]
    _ = try compileForBPF(
      source, ["-c", "-o", path.string] + diagnostics, includePaths, definitions, target)
  }

  /// Compiles C `source` for BPF after rewriting its LLVM IR. The result can be an object as compilers of other
  /// languages write it, or a damaged one.
  package static func compile(
    _ source: String, to path: FilePath, rewritingIR rewrite: (String) -> String
  ) throws(FixtureError) {
    let ir = try compileForBPF(source, ["-w", "-S", "-emit-llvm", "-o", "-"], [], [], "bpf")
    _ = try compileForBPF(rewrite(ir), ["-c", "-o", path.string], [], [], "bpf", language: "ir")
  }

  /// Assembles `source` for BPF.
  package static func assemble(_ source: String, to path: FilePath) throws(FixtureError) {
    let result = try Command.run(
      try clang(), ["-target", "bpf", "-c", "-o", path.string, "-x", "assembler", "-"], input: source)
    guard result.status == 0 else {
      throw FixtureError(operation: "assemble: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// Compiles C `source` to BPF assembly and returns it.
  package static func assembly(
    of source: String, includePaths: [FilePath] = [], definitions: [String] = []
  ) throws(FixtureError) -> String {
    try compileForBPF(source, ["-g0", "-w", "-S", "-o", "-"], includePaths, definitions, "bpf")
  }

  /// Compiles the C file at `source` for BPF. The object's line information then includes the source lines.
  package static func compile(
    file source: FilePath, to path: FilePath, includePaths: [FilePath] = [], definitions: [String] = [],
    target: String = "bpf"
  ) throws(FixtureError) {
    let result = try Command.run(
      try clang(),
      [optionsForBPF, "-target", target, "-w", "-c", source.string, "-o", path.string]
        + includePaths.map { "-I\($0)" } + definitions.map { "-D\($0)" })
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// Compiles and links the C file at `source` to a program or shared library for user space.
  package static func compileForUserSpace(
    file source: FilePath, to path: FilePath, _ options: [String]
  ) throws(FixtureError) {
    let result = try Command.run(try clang(), [source.string, "-o", path.string, "-fuse-ld=lld"] + options)
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
  }

  private static func compileForBPF(
    _ source: String, _ options: [String], _ includePaths: [FilePath], _ definitions: [String],
    _ target: String, language: String = "c"
  ) throws(FixtureError) -> String {
    let result = try Command.run(
      try clang(),
      [optionsForBPF, "-target", target] + options + includePaths.map { "-I\($0)" }
        + definitions.map { "-D\($0)" } + ["-x", language, "-"], input: source)
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
    return result.standardOutput
  }

  /// Runs llvm-objcopy, to copy an ELF file with changed sections.
  package static func objcopy(_ arguments: String...) throws(FixtureError) {
    let result = try Command.run(try tool("llvm-objcopy"), arguments)
    guard result.status == 0 else {
      throw FixtureError(operation: "copy: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// Returns the path of the clang beside the `swift` in `PATH`, otherwise of any clang in `PATH`.
  package static func clang() throws(FixtureError) -> String { try tool("clang") }

  /// Returns the path of the Swift compiler.
  package static func swiftc() throws(FixtureError) -> String { try tool("swiftc") }

  private static func tool(_ name: String) throws(FixtureError) -> String {
    let directories = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
      String.init)
    // The toolchain's own clang comes first: other clangs lack some of the options.
    let candidates =
      directories.compactMap { beside($0 + "/swift", name) } + directories.map { $0 + "/" + name }
    if let path = candidates.first(where: { (path: String) in access(path, X_OK) == 0 }) { return path }
    throw FixtureError(operation: "find the toolchain's \(name)", errno: .noSuchFileOrDirectory)
  }

  private static func beside(_ swift: String, _ name: String) -> String? {
    guard let resolved = realpath(swift, nil) else { return nil }
    defer { free(resolved) }
    return FilePath(String(cString: resolved)).removingLastComponent().appending(name).string
  }
}
