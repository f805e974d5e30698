//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import PackagePlugin

/// Makes Swift of the BPF programs of a target: each `name.bpf.c` in its folder is compiled by the toolchain's clang, and
/// the generator writes a `name.swift` that holds the object and has an accessor for each part of it.
///
/// SwiftPM takes no C in a target of Swift, so such sources are excluded from it; the plugin looks for them itself.
@main
struct BPFObjectPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SwiftSourceModuleTarget else {
      throw PluginError("\(target.name) is no target of Swift sources, of which BPF programs could be a part")
    }
    let files = try TargetFiles(in: target.directoryURL)
    let compiler = try Compiler(context, target)
    let configuration = try Configuration(in: target.directoryURL)
    let directory = context.pluginWorkDirectoryURL
    return try files.sourcesByName().map { name, source in
      let swift = directory.appending(path: "\(name).swift")
      return .buildCommand(
        displayName: "Compiling \(source.lastPathComponent) for BPF", executable: compiler.generator,
        arguments: [
          source.filePath, directory.appending(path: "\(name).bpf.o").filePath, swift.filePath,
          compiler.clang.filePath,
        ] + compiler.arguments(in: target.directoryURL, for: configuration),
        inputFiles: [source] + files.headers + compiler.packageHeaders, outputFiles: [swift])
    }
  }
}

// MARK: - What is in the target

/// The files of a target that BPF programs are made of.
private struct TargetFiles {
  let directory: URL
  private(set) var sources: [URL] = []
  private(set) var headers: [URL] = []

  init(in directory: URL) throws {
    self.directory = directory
    let files = FileManager.default.enumerator(
      at: directory, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    guard let files else { throw PluginError("the folder \(directory.filePath) cannot be read") }
    for case let file as URL in files {
      if file.lastPathComponent.hasSuffix(".bpf.c") { sources.append(file) }
      if file.pathExtension == "h" { headers.append(file) }
    }
    sources.sort { $0.filePath < $1.filePath }
    headers.sort { $0.filePath < $1.filePath }
    if sources.isEmpty {
      Diagnostics.warning(
        "there is no BPF program in \(directory.filePath): no file is named like NAME.bpf.c")
    }
  }

  /// The sources by what stands before `.bpf.c`. Two of one name would become one file.
  func sourcesByName() throws -> [(name: String, source: URL)] {
    var seen: [String: URL] = [:]
    return try sources.map { source in
      let name = String(source.lastPathComponent.dropLast(".bpf.c".count))
      if let other = seen.updateValue(source, forKey: name) {
        throw PluginError("\(other.filePath) and \(source.filePath) have one name: rename one of them")
      }
      return (name, source)
    }
  }
}

// MARK: - Configuration

/// How the BPF programs of a target are compiled: what the file `bpf-object-plugin.json` in its folder says, such as
/// `{"cpu": "v2"}`.
private struct Configuration {
  /// The instruction set, as clang's `-mcpu` has it.
  private(set) var cpu = "v3"

  init(in directory: URL) throws {
    let file = directory.appending(path: "bpf-object-plugin.json")
    guard FileManager.default.fileExists(atPath: file.filePath) else { return }
    let values: [String: String]
    do {
      values = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    } catch {
      throw PluginError("\(file.filePath) is not a JSON object of strings: \(error)")
    }
    for (key, value) in values {
      guard key == "cpu" else {
        throw PluginError("\(file.filePath): unknown key '\(key)': the only one is 'cpu'")
      }
      guard ["v1", "v2", "v3", "v4"].contains(value) else {
        throw PluginError("\(file.filePath): unknown cpu '\(value)': it is v1, v2, v3 or v4")
      }
      cpu = value
    }
  }
}

// MARK: - Compiling

/// The toolchain's clang, what it is told for every source, and the tool that runs it.
private struct Compiler {
  let generator: URL
  let clang: URL
  /// The headers of the package that the library is from.
  let packageHeaders: [URL]
  private let includes: URL

  init(_ context: PluginContext, _ target: any Target) throws {
    generator = try context.tool(named: "BPFObjectGenerator").url
    clang = try context.tool(named: "clang").url
    includes = try Compiler.headers(for: target)
    packageHeaders = try FileManager.default.contentsOfDirectory(
      at: includes.appending(path: "bpf"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "h" }.sorted { $0.filePath < $1.filePath }
  }

  func arguments(in directory: URL, for configuration: Configuration) -> [String] {
    // The toolchain's clang would move cold code into functions of their own, whose types it then damages.
    [
      "-target", "bpf", "-g", "-O2", "-Xclang", "-fno-split-cold-code",
      "-mcpu=\(configuration.cpu)", "-Wall",
      "-D__TARGET_ARCH_\(Compiler.machine)",
      "-I", includes.filePath, "-I", directory.filePath,
    ]
  }

  /// The folder `Headers` of the package that the library is from: found by the library, which the target depends on,
  /// wherever that package is.
  private static func headers(for target: any Target) throws -> URL {
    let library = target.recursiveTargetDependencies.first { $0.name == "BPFObjects" }
    guard let library, let module = library as? any SourceModuleTarget else {
      throw PluginError(
        "\(target.name) does not depend on the product BPF of swift-bpf, which its BPF programs need")
    }
    return module.directoryURL.deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Headers")
  }

  /// Whose registers programs read, as the headers name it: those of the machine that builds, or what is said in the
  /// environment, for builds for another.
  private static var machine: String {
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

/// Why no build can be planned.
private struct PluginError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension URL {
  /// The path as the file system has it.
  fileprivate var filePath: String { path(percentEncoded: false) }
}
