//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import PackagePlugin

/// Generates Swift for the BPF programs of a target, and of the kernel modules that it depends on.
///
/// The toolchain's clang compiles each `name.bpf.c` in the target's folder. The generator then writes a `name.swift`
/// that embeds the object and has an accessor for each of its parts. Swift targets cannot contain C, so they exclude
/// these sources, and the plugin finds them itself.
@main
struct BPFObjectPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SwiftSourceModuleTarget else {
      throw PluginError("\(target.name) is not a Swift target: BPFObjectPlugin supports only Swift targets")
    }
    let files = try TargetFiles(in: target.directoryURL)
    let compiler = try Compiler(context, target)
    let directory = context.pluginWorkDirectoryURL
    let options = try files.compilerOptions()
    let modules = KernelModule.all(of: target)
    if files.sources.isEmpty, modules.isEmpty {
      Diagnostics.warning(
        "no BPF programs in \(target.name): it has no file whose name ends in .bpf.c, and does not depend on a module "
          + "that depends on BPFKernel")
    }
    let commands: [Command] = try files.sourcesByName().map { name, source in
      let swift = directory.appending(path: "\(name).swift")
      return .buildCommand(
        displayName: "Compiling \(source.lastPathComponent) for BPF", executable: compiler.generator,
        arguments: [
          source.filePath, directory.appending(path: "\(name).bpf.o").filePath, swift.filePath,
          compiler.clang.filePath,
        ] + compiler.arguments(in: target.directoryURL) + options,
        inputFiles: [source, compiler.optionsForBPF] + files.headers + files.options
          + compiler.packageHeaders, outputFiles: [swift])
    }
    return try commands + modules.map { try $0.command(compiler, in: directory) }
  }
}

// MARK: - Files of the target

/// The BPF sources, headers and compiler options of a target.
struct TargetFiles {
  let directory: URL
  private(set) var sources: [URL] = []
  private(set) var headers: [URL] = []
  /// The target's `compile_flags.txt`, or empty.
  private(set) var options: [URL] = []

  init(in directory: URL) throws {
    self.directory = directory
    let files = FileManager.default.enumerator(
      at: directory, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    guard let files else { throw PluginError("cannot read the folder \(directory.filePath)") }
    for case let file as URL in files {
      if file.lastPathComponent.hasSuffix(".bpf.c") { sources.append(file) }
      if file.pathExtension == "h" { headers.append(file) }
      if file.lastPathComponent == "compile_flags.txt" { options.append(file) }
    }
    sources.sort { $0.filePath < $1.filePath }
    headers.sort { $0.filePath < $1.filePath }
  }

  /// Reads additional compiler options from `compile_flags.txt`, one a line as for clangd. They follow the plugin's own
  /// options, so that `-mcpu=v2` replaces its `-mcpu=v3`.
  func compilerOptions() throws -> [String] {
    if options.count > 1 {
      throw PluginError("the target has more than one compile_flags.txt: \(options.map(\.filePath).sorted())")
    }
    return try options.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }
  }

  /// Returns the sources by their names without `.bpf.c`, which must be unique.
  func sourcesByName() throws -> [(name: String, source: URL)] {
    var seen: [String: URL] = [:]
    return try sources.map { source in
      let name = String(source.lastPathComponent.dropLast(".bpf.c".count))
      if let other = seen.updateValue(source, forKey: name) {
        throw PluginError("\(other.filePath) and \(source.filePath) have the same name: rename one of them")
      }
      return (name, source)
    }
  }
}

// MARK: - Compiling

/// The toolchain's compilers, clang's arguments, and the generator that runs them.
struct Compiler {
  let generator: URL
  let clang: URL
  let swiftc: URL
  /// The headers in the `Headers/bpf` folder of swift-bpf.
  let packageHeaders: [URL]
  /// The `Headers` folder of swift-bpf.
  let includes: URL

  /// The options that every BPF program is compiled with, as clang reads them.
  var optionsForBPF: URL { includes.appending(path: "clang-bpf.options") }

  init(_ context: PluginContext, _ target: any Target) throws {
    generator = try context.tool(named: "BPFObjectGenerator").url
    clang = try Compiler.tool("clang", in: context)
    swiftc = try Compiler.tool("swiftc", in: context)
    includes = try Compiler.headers(for: target)
    packageHeaders = try FileManager.default.contentsOfDirectory(
      at: includes.appending(path: "bpf"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "h" }.sorted { $0.filePath < $1.filePath }
  }

  private static func tool(_ name: String, in context: PluginContext) throws -> URL {
    do {
      return try context.tool(named: name).url
    } catch {
      throw PluginError(
        "there is no \(name) in the Swift toolchain or in PATH: install a Swift toolchain, which has \(name)")
    }
  }

  func arguments(in directory: URL) -> [String] {
    [
      "@\(optionsForBPF.filePath)", "-Wall", "-D__TARGET_ARCH_\(Compiler.machine)",
      "-I", includes.filePath, "-I", directory.filePath,
    ]
  }

  /// Returns the `Headers` folder of swift-bpf, found through the library that the target depends on.
  private static func headers(for target: any Target) throws -> URL {
    let library = target.recursiveTargetDependencies.first { $0.name == "BPFObjects" }
    guard let library, let module = library as? any SourceModuleTarget else {
      throw PluginError(
        "\(target.name) does not depend on the product BPF of swift-bpf, which its BPF programs need")
    }
    return module.directoryURL.deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Headers")
  }

  /// The architecture of the register layout, as the headers name it: `BPF_TARGET_ARCH` from the environment for
  /// cross-builds, otherwise the build machine's.
  static var machine: String {
    if let machine = ProcessInfo.processInfo.environment["BPF_TARGET_ARCH"] { return machine }
    #if arch(x86_64)
    return "x86"
    #elseif arch(arm64)
    return "arm64"
    #elseif arch(riscv64)
    return "riscv"
    #elseif arch(s390x)
    return "s390"
    #elseif arch(powerpc64le)
    return "powerpc"
    #else
    return "unknown"
    #endif
  }
}

/// An error that prevents planning the build.
private struct PluginError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension URL {
  /// The file system path, without percent-encoding.
  var filePath: String { path(percentEncoded: false) }
}
