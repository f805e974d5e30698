//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Foundation
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration

/// Runs the compilers as the pipeline for kernel modules does, for tests of single steps.
struct BitcodeCompiler {
  let module: String
  let directory: FilePath

  private var options: KernelToolchain.SwiftOptions {
    KernelToolchain.SwiftOptions(
      isChecked: true, imports: [directory.string], headers: [], folders: [],
      cache: FilePath(NSTemporaryDirectory()).appending("swift-bpf-test-modules-\(geteuid())").string,
      others: [])
  }

  private let cOptions = KernelToolchain.COptions(headers: [], architecture: "x86", folders: [], others: [])

  private func run(_ program: String, _ arguments: [String]) throws {
    let result = try Command.run(program, arguments)
    guard result.status == 0 else { throw SwiftTypeLayoutError(result.standardError + result.standardOutput) }
  }

  private func path(_ name: String) -> String { directory.appending(name).string }

  /// Writes a file into the directory, and returns its path.
  func file(_ name: String, _ contents: String) throws -> String {
    try contents.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }
}

// MARK: - Swift

extension BitcodeCompiler {
  /// Compiles a module to import.
  func build(module name: String, _ source: String) throws {
    try run(
      Toolchain.swiftc(),
      KernelToolchain.swiftModule(name, [file("\(name).swift", source)], to: directory.string, options))
  }

  /// Returns the members of the types of a source.
  func members(of source: FilePath) throws -> SwiftTypeLayoutMembers {
    try run(
      Toolchain.swiftc(),
      KernelToolchain.swiftModule(module, [source.string], to: directory.string, options))
    let graph = try SwiftTypeLayoutGraph(
      json: KernelFile.bytes(of: directory.appending("\(module).symbols.json"))
    ) { url in try? String(contentsOf: #require(URL(string: url)), encoding: .utf8) }
    let names = try Command.run("swift-demangle", ["--compact"] + graph.mangledNames).standardOutput
    return SwiftTypeLayoutMembers(
      [graph],
      demangled: Dictionary(
        uniqueKeysWithValues: zip(graph.mangledNames, names.split(separator: "\n").map(String.init))))
  }

  /// Compiles sources to bitcode, and returns its path and the undefined symbols of it.
  func bitcode(of sources: [String]) throws -> (path: String, undefined: [String]) {
    try run(
      Toolchain.swiftc(),
      KernelToolchain.bitcode(module, sources, to: path("module.bc"), in: directory.string, options))
    try run(
      Toolchain.clang(), KernelToolchain.description(of: path("module.bc"), to: path("module.o")))
    let symbols = try ModuleSymbols(KernelFile.bytes(of: directory.appending("module.o")))
    return (path("module.bc"), symbols.undefined)
  }
}

// MARK: - C

extension BitcodeCompiler {
  /// Compiles a C source for BPF to bitcode, and returns its path.
  func bitcode(ofC source: String, _ name: String) throws -> String {
    try run(
      Toolchain.clang(),
      KernelToolchain.bodies(file("\(name).c", source), to: path("\(name).bc"), warns: false, cOptions))
    return path("\(name).bc")
  }

  /// Compiles a probe with the source whose types it asks for, and returns the object.
  func object(of probe: SwiftTypeLayoutProbe, with source: FilePath) throws -> [UInt8] {
    if probe.isEmpty { return [] }
    var options = options
    options.others += SwiftTypeLayoutProbe.swiftOptions
    try run(
      Toolchain.swiftc(),
      KernelToolchain.bitcode(
        module, [source.string, file("probe.swift", probe.swiftSource)], to: path("probe.bc"),
        in: directory.string, options))
    return try object(ofC: probe.cSource, with: [path("probe.bc")])
  }

  /// Compiles a C source for BPF, with what it needs of bitcode. Returns the object.
  func object(ofC source: String, with bitcode: [String] = []) throws -> [UInt8] {
    try run(
      Toolchain.clang(),
      KernelToolchain.object(
        file("source.c", source), whole: [], needed: bitcode, to: path("source.o"), cOptions))
    return try KernelFile.bytes(of: directory.appending("source.o"))
  }
}
