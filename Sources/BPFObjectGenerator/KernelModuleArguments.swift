//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// The arguments of `BPFObjectGenerator kernel-module`.
///
/// | Option | Value |
/// |---|---|
/// | `--module` | the kernel module's name |
/// | `--folder` | the folder of its sources |
/// | `--source`, `--c-source` | a Swift source, a BPF source in C; repeated |
/// | `--import`, then `--import-folder` and `--import-source` | a Swift module it imports; repeated, in the order of imports |
/// | `--c-module`, then `--c-include` | a C module, the folder of its headers; repeated |
/// | `--c-body` | a C source whose functions Swift calls; repeated |
/// | `--package` | the folder of swift-bpf, instead of the options above and `--headers` for its modules |
/// | `--headers` | a folder of C headers; repeated |
/// | `--architecture` | the architecture of register layouts |
/// | `--swiftc`, `--clang` | the compilers |
/// | `--object`, `--swift` | the object and the Swift file to write |
/// | `--cache` | a folder for the compilers' own files |
/// | `--option` | a line of `compile_flags.txt`; repeated |
struct KernelModuleArguments {
  /// A Swift module with its sources.
  struct Module {
    var name = ""
    var folder = ""
    var sources: [String] = []
  }

  /// A C module.
  struct CModule {
    var name = ""
    /// The folder of its headers.
    var includes = ""
  }

  var module = Module()
  var cSources: [String] = []
  var imports: [Module] = []
  var cModules: [CModule] = []
  var cBodies: [String] = []
  var headers: [String] = []
  var architecture = ""
  var swiftc = ""
  var clang = ""
  var object = ""
  var swift = ""
  var cache = ""
  var options: [String] = []

  /// - Throws: `GeneratorError` for an option that is unknown or has no value, and for one that is missing.
  init(_ arguments: some Sequence<String>) throws {
    var arguments = arguments.makeIterator()
    while let option = arguments.next() {
      guard let value = arguments.next() else { throw GeneratorError("option '\(option)' has no value") }
      try set(option, to: value)
    }
    for (option, value) in [
      ("--module", module.name), ("--swiftc", swiftc), ("--clang", clang), ("--object", object),
      ("--swift", swift), ("--cache", cache),
    ] where value.isEmpty {
      throw GeneratorError("option '\(option)' is missing")
    }
  }

  private mutating func set(_ option: String, to value: String) throws {
    switch option {
    case "--module": module.name = value
    case "--folder": module.folder = value
    case "--source": module.sources.append(value)
    case "--c-source": cSources.append(value)
    case "--import": imports.append(Module(name: value))
    case "--import-folder" where !imports.isEmpty: imports[imports.count - 1].folder = value
    case "--import-source" where !imports.isEmpty: imports[imports.count - 1].sources.append(value)
    case "--c-module": cModules.append(CModule(name: value))
    case "--c-include" where !cModules.isEmpty: cModules[cModules.count - 1].includes = value
    case "--c-body": cBodies.append(value)
    case "--package": try addRuntime(of: URL(filePath: value))
    case "--headers": headers.append(value)
    case "--architecture": architecture = value
    case "--swiftc": swiftc = value
    case "--clang": clang = value
    case "--object": object = value
    case "--swift": swift = value
    case "--cache": cache = value
    case "--option": options.append(value)
    default: throw GeneratorError("unknown option '\(option)'")
    }
  }
}

extension KernelModuleArguments {
  /// Adds what every kernel module imports, given the folder of swift-bpf.
  private mutating func addRuntime(of package: URL) throws {
    let sources = package.appending(path: "Sources")
    for name in ["NetworkTypes", "BPFKernel"] {
      let folder = sources.appending(path: name)
      imports.append(Module(name: name, folder: folder.path, sources: try Self.files(in: folder, ".swift")))
    }
    let c = sources.appending(path: "CBPFKernel")
    cModules.append(CModule(name: c.lastPathComponent, includes: c.appending(path: "include").path))
    cBodies += try Self.files(in: c, ".c")
    headers.append(package.appending(path: "Headers").path)
  }

  private static func files(in folder: URL, _ suffix: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(suffix) }.sorted()
      .map { folder.appending(path: $0).path }
  }
}

/// An error that ends the generator. Its message is complete.
struct GeneratorError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
