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
  /// How programs are compiled for BPF. Without the last option this clang moves cold code into functions of their own,
  /// whose types it then damages.
  package static let optionsForBPF = ["-O2", "-mcpu=v3", "-Xclang", "-fno-split-cold-code"]

  /// Checks C `source` without making anything of it; what clang has to say, empty if it is content.
  package static func check(_ source: String) throws(FixtureError) -> String {
    let arguments = ["-x", "c", "-std=gnu17", "-fsyntax-only", "-w", "-ferror-limit=0", "-"]
    let result = try Command.run(try clang(), arguments, input: source)
    return result.status == 0 ? "" : result.standardError + "clang ended with status \(result.status)"
  }

  /// Compiles C `source` for BPF, as programs do, to an object file at `path`.
  ///
  /// - Parameters:
  ///   - includePaths: the folders that `#include` looks into.
  ///   - definitions: macros, as `NAME` or `NAME=value`.
  ///   - warnings: which warnings are errors, such as `-Wall`; without any, nothing is warned of.
  ///   - target: clang's name of the target: `bpfeb` is of the other byte order.
  package static func compile(
    _ source: String, to path: FilePath, includePaths: [FilePath] = [], definitions: [String] = [],
    warnings: [String] = [], target: String = "bpf"
  ) throws(FixtureError) {
    let diagnostics = warnings.isEmpty ? ["-w"] : warnings + ["-Werror"]
    _ = try compileForBPF(
      source, ["-g", "-c", "-o", path.string] + diagnostics, includePaths, definitions, target)
  }

  /// Compiles C `source` for BPF by way of LLVM's intermediate representation, which is changed on the way: so there come
  /// to be objects that compilers of other languages write, and damaged ones.
  package static func compile(
    _ source: String, to path: FilePath, rewritingIR rewrite: (String) -> String
  ) throws(FixtureError) {
    let ir = try compileForBPF(source, ["-g", "-w", "-S", "-emit-llvm", "-o", "-"], [], [], "bpf")
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

  /// The instructions that C `source` becomes, as clang writes them down.
  package static func assembly(
    of source: String, includePaths: [FilePath] = [], definitions: [String] = []
  ) throws(FixtureError) -> String {
    try compileForBPF(source, ["-w", "-S", "-o", "-"], includePaths, definitions, "bpf")
  }

  /// Compiles the C file at `source` for BPF, so that the object has the text of its lines.
  package static func compile(
    file source: FilePath, to path: FilePath, includePaths: [FilePath] = [], definitions: [String] = [],
    target: String = "bpf"
  ) throws(FixtureError) {
    let result = try Command.run(
      try clang(),
      ["-target", target] + optionsForBPF + ["-g", "-w", "-c", source.string, "-o", path.string]
        + includePaths.map { "-I\($0)" } + definitions.map { "-D\($0)" })
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// Makes a program or shared library for this machine, or what the options say, of the C file at `source`.
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
      ["-target", target] + optionsForBPF + options + includePaths.map { "-I\($0)" }
        + definitions.map { "-D\($0)" } + ["-x", language, "-"], input: source)
    guard result.status == 0 else {
      throw FixtureError(operation: "compile: \(result.standardError)", errno: .invalidArgument)
    }
    return result.standardOutput
  }

  /// Runs llvm-objcopy, which copies an executable file with other sections.
  package static func objcopy(_ arguments: String...) throws(FixtureError) {
    let result = try Command.run(try tool("llvm-objcopy"), arguments)
    guard result.status == 0 else {
      throw FixtureError(operation: "copy: \(result.standardError)", errno: .invalidArgument)
    }
  }

  /// The clang beside the swift in `PATH`, or another in `PATH`.
  package static func clang() throws(FixtureError) -> String { try tool("clang") }

  private static func tool(_ name: String) throws(FixtureError) -> String {
    let directories = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
      String.init)
    // Other clangs do not know all options.
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
