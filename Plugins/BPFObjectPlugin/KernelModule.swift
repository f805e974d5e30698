//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import PackagePlugin

/// A kernel module: a Swift module that a target depends on, and that itself depends on BPFKernel.
///
/// SwiftPM compiles it for the host. The plugin compiles it again, for BPF.
struct KernelModule {
  let target: SwiftSourceModuleTarget

  /// Returns the kernel modules among a target's own dependencies, not those of its dependencies.
  static func all(of target: any Target) -> [KernelModule] {
    let modules = target.dependencies.flatMap(\.modules).compactMap { $0 as? SwiftSourceModuleTarget }
    return modules.filter { module in
      module.dependencies.flatMap(\.modules).contains { $0.name == runtime }
    }.map(KernelModule.init)
  }

  private static let runtime = "BPFKernel"

  /// Returns the command that compiles the module and writes its accessors.
  func command(_ compiler: Compiler, in directory: URL) throws -> Command {
    let files = try TargetFiles(in: target.directoryURL)
    let sources = target.sourceFiles(withSuffix: ".swift").map(\.url)
    let swift = directory.appending(path: "\(target.name).swift")
    // Each module comes after those that it depends on.
    let dependencies = target.recursiveTargetDependencies
    let modules = dependencies.compactMap { $0 as? SwiftSourceModuleTarget }
    let cModules = dependencies.compactMap { $0 as? ClangSourceModuleTarget }

    var arguments = ["kernel-module", "--module", target.name, "--folder", target.directoryURL.folderPath]
    arguments += sources.flatMap { ["--source", $0.filePath] }
    arguments += files.sources.flatMap { ["--c-source", $0.filePath] }
    for module in modules {
      arguments += ["--import", module.name, "--import-folder", module.directoryURL.folderPath]
      arguments += module.sourceFiles(withSuffix: ".swift").flatMap { ["--import-source", $0.url.filePath] }
    }
    for module in cModules {
      guard let headers = module.publicHeadersDirectoryURL else { continue }
      arguments += ["--c-module", module.name, "--c-include", headers.folderPath]
      arguments += module.sourceFiles(withSuffix: ".c").flatMap { ["--c-body", $0.url.filePath] }
    }
    arguments += ["--headers", compiler.includes.folderPath, "--architecture", Compiler.machine]
    arguments += ["--swiftc", compiler.swiftc.filePath, "--clang", compiler.clang.filePath]
    arguments += [
      "--object", directory.appending(path: "\(target.name).bpf.o").filePath, "--swift", swift.filePath,
    ]
    arguments += ["--cache", directory.appending(path: "ModuleCache").filePath]
    arguments += try files.compilerOptions().flatMap { ["--option", $0] }

    let dependencySources = modules.flatMap { $0.sourceFiles(withSuffix: ".swift").map(\.url) }
    let cSources = cModules.flatMap(\.sourcesAndHeaders)
    return .buildCommand(
      displayName: "Compiling \(target.name) for BPF", executable: compiler.generator, arguments: arguments,
      inputFiles: sources + files.sources + files.headers + files.options + dependencySources + cSources
        + compiler.packageHeaders,
      outputFiles: [swift])
  }
}

extension TargetDependency {
  /// The targets of the package, or of the product.
  fileprivate var modules: [any Target] {
    switch self {
    case .target(let target): [target]
    case .product(let product): product.targets
    @unknown default: []
    }
  }
}

extension ClangSourceModuleTarget {
  fileprivate var sourcesAndHeaders: [URL] {
    let files = FileManager.default.enumerator(at: directoryURL, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? [])
      .filter { ["c", "h", "modulemap"].contains($0.pathExtension) }.sorted { $0.filePath < $1.filePath }
  }
}

extension URL {
  /// The path of a folder without a slash at the end.
  fileprivate var folderPath: String {
    let path = filePath
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}
