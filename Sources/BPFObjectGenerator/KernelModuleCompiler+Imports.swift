//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import Foundation

extension KernelModuleCompiler {
  /// Compiles the modules that the module imports, unless they are in the cache. They take three times as long as a small
  /// kernel module, and seldom change.
  func compileImports() throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: imports.path) else { return }
    let new = URL(filePath: arguments.cache).appending(path: "new-\(UUID().uuidString)")
    try files.createDirectory(at: new, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: new) }
    try writeModuleMap(to: new)
    let options = swiftOptions(isChecked: flags.isChecked, imports: new)
    for module in arguments.imports {
      try run(
        arguments.swiftc, KernelToolchain.swiftModule(module.name, module.sources, to: new.path, options))
    }
    do { try files.moveItem(at: new, to: imports) } catch {
      // Another process can be first.
      guard files.fileExists(atPath: imports.path) else { throw error }
    }
  }

  /// Writes a module map for the C modules: SwiftPM generates those of targets that have none.
  private func writeModuleMap(to folder: URL) throws {
    let modules = arguments.cModules.map { module in
      let own = "\(module.includes)/module.modulemap"
      return FileManager.default.fileExists(atPath: own)
        ? "extern module \(module.name) \(own.debugDescription)\n"
        : "module \(module.name) {\n  umbrella \(module.includes.debugDescription)\n  export *\n}\n"
    }
    try Data(modules.joined().utf8).write(to: folder.appending(path: "module.modulemap"))
  }
}

/// A hash (FNV-1a) of everything that determines the compiled modules which a kernel module imports.
struct ImportKey: CustomStringConvertible {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  init(_ arguments: KernelModuleArguments, _ flags: KernelModuleFlags) throws {
    let compiler = try FileManager.default.attributesOfItem(
      atPath: URL(filePath: arguments.swiftc).resolvingSymlinksInPath().path)
    add("\(arguments.swiftc) \(compiler[.size] ?? 0) \(compiler[.modificationDate] ?? 0)".utf8)
    let options = KernelToolchain.SwiftOptions(
      isChecked: flags.isChecked, imports: [], headers: arguments.headers, folders: [], cache: "",
      others: flags.swift)
    for option in KernelToolchain.swiftModule("", [], to: "", options) { add(option.utf8) }
    for module in arguments.imports {
      add("\(module.name) \(module.folder)".utf8)
      for source in module.sources { try add(file: source) }
    }
    for module in arguments.cModules { add("\(module.name) \(module.includes)".utf8) }
    for folder in arguments.cModules.map(\.includes) + arguments.headers {
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
        $0.hasSuffix(".h") || $0.hasSuffix(".modulemap")
      }
      for name in names.sorted() { try add(file: "\(folder)/\(name)") }
    }
  }

  var description: String { String(hash, radix: 16) }

  private mutating func add(file: String) throws {
    add(file.utf8)
    add(try Data(contentsOf: URL(filePath: file)))
  }

  private mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // Separates it from the next.
    hash = (hash ^ 0xff) &* 0x100_0000_01b3
  }
}
