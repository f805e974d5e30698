//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Foundation
import SystemPackage

/// A kernel module in Swift, compiled for BPF by the build plugin's generator.
package struct KernelModuleFixture {
  /// The bytes of the object; nil if the module was refused, or has no programs.
  package let object: [UInt8]?
  /// The generated Swift; nil if the module was refused.
  package let accessors: String?
  /// The messages of the generator. Paths begin in the module's folder.
  package let messages: String

  /// Compiles a module.
  ///
  /// - Parameters:
  ///   - sources: the texts of the sources, by their names; those that end in `.bpf.c` are C.
  ///   - name: the module's name.
  ///   - options: the lines of `compile_flags.txt`.
  ///   - folder: a folder that the sources are written to. Several modules may be compiled at once in different folders.
  package static func compile(
    _ sources: [String: String], named name: String = "FixtureKernel", options: [String] = [],
    in folder: FilePath
  ) throws -> KernelModuleFixture {
    let root = FixtureObjects.package
    var arguments = ["kernel-module", "--module", name, "--folder", folder.string]
    for (file, text) in sources.sorted(by: { $0.key < $1.key }) {
      let path = folder.appending(file).string
      try Data(text.utf8).write(to: URL(filePath: path))
      arguments += [file.hasSuffix(".bpf.c") ? "--c-source" : "--source", path]
    }
    arguments += ["--package", root.string]
    let (object, swift) = (folder.appending("\(name).bpf.o"), folder.appending("\(name).accessors"))
    let machine = String(FixtureObjects.machine.dropFirst("__TARGET_ARCH_".count))
    arguments += ["--architecture", machine]
    arguments += ["--swiftc", try Toolchain.swiftc(), "--clang", try Toolchain.clang()]
    arguments += ["--object", object.string, "--swift", swift.string]
    arguments += [
      "--cache", FilePath(NSTemporaryDirectory()).appending("swift-bpf-test-modules-\(geteuid())").string,
    ]
    arguments += options.flatMap { ["--option", $0] }
    let cache = try KernelModuleCache(arguments, sources, in: folder)
    if let known = try cache?.module() { return known }
    let result = try Command.run(try generator(), arguments, timeLimit: .seconds(300))
    let messages = result.standardError.replacing(folder.string + "/", with: "")
    let isCompiled = result.status == 0
    let module = KernelModuleFixture(
      object: FileManager.default.fileExists(atPath: object.string) ? try KernelFile.bytes(of: object) : nil,
      accessors: isCompiled ? String(decoding: try KernelFile.bytes(of: swift), as: UTF8.self) : nil,
      messages: messages)
    try cache?.keep(module)
    return module
  }

  /// Compiles the module of a folder, such as those of the examples.
  package static func compile(
    folder: FilePath, named name: String, options: [String] = []
  ) throws -> KernelModuleFixture {
    var sources: [String: String] = [:]
    for path in try FileManager.default.contentsOfDirectory(atPath: folder.string)
    where path.hasSuffix(".swift") || path.hasSuffix(".bpf.c") {
      sources[path] = String(decoding: try KernelFile.bytes(of: folder.appending(path)), as: UTF8.self)
    }
    return try withTemporaryDirectory { try compile(sources, named: name, options: options, in: $0) }
  }

  /// Returns the descriptions of the places of traps that accessors have, in their order.
  package static func trapPlaces(in accessors: String) -> [String] {
    accessors.matches(of: /ProgramTraps\.Place\(file: "(.*)", line: (\d+), reason: "(.*)"\)/).map {
      "\($0.1):\($0.2): \($0.3)"
    }
  }

  fileprivate static func files(in folder: FilePath, _ suffix: String) throws -> [String]? {
    guard FileManager.default.fileExists(atPath: folder.string) else { return nil }
    return try FileManager.default.subpathsOfDirectory(atPath: folder.string)
      .filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending($0).string }
  }

  /// Whether the tests run beside the generator.
  static let isGeneratorBuilt = (try? generator()) != nil

  /// The path of the generator, which is built beside the tests.
  private static func generator() throws -> String {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = executable.deletingLastPathComponent().appending(path: "BPFObjectGenerator").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw FixtureError(operation: "find \(path)", errno: .noSuchFileOrDirectory)
    }
    return path
  }
}

/// A compiled module in the folder of `.ci/kernel-matrix/bin/clang`, for the guests of `.ci/kernels`, where compiling takes
/// minutes.
private struct KernelModuleCache {
  private let entry: FilePath
  private let folder: URL

  /// Finds the entry of the arguments and sources; nil without `SWIFT_BPF_CLANG_CACHE`.
  init?(_ arguments: [String], _ sources: [String: String], in folder: FilePath) throws {
    guard let cache = ProcessInfo.processInfo.environment["SWIFT_BPF_CLANG_CACHE"], !cache.isEmpty else {
      return nil
    }
    let temporary = [folder.string, NSTemporaryDirectory()]
    let key = arguments.filter { argument in !temporary.contains { argument.hasPrefix($0) } }
    let texts = sources.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    let digest = try Command.run(
      "sha256sum", input: ([try Self.package.get()] + key + texts).joined(separator: "\n"))
    self.folder = URL(filePath: cache)
    entry = FilePath(cache).appending("module-\(digest.standardOutput.prefix { $0 != " " })")
  }

  /// A digest of the sources of this package that decide what becomes of a module.
  private static let package = Result {
    let root = FixtureObjects.package.appending("Sources")
    let modules = [
      "NetworkTypes", "BPFKernel", "CBPFKernel", "BPFObjectGenerator", "BPFCodeGeneration",
      "KernelTypeDeclarations",
      "BPFObjects", "BTF", "ELF",
    ]
    let files = try modules.flatMap { module in
      try KernelModuleFixture.files(in: root.appending(module), "") ?? []
    }
    let headers = try KernelModuleFixture.files(in: FixtureObjects.package.appending("Headers"), "") ?? []
    let sources = (files + headers).filter { path in
      [".swift", ".c", ".h", ".options"].contains { path.hasSuffix($0) }
    }
    let texts = try Command.run("cat", sources).standardOutput
    return try Command.run("sha256sum", input: texts).standardOutput
  }

  /// Returns the module of an earlier compilation.
  func module() throws -> KernelModuleFixture? {
    func text(_ name: String) -> [UInt8]? { try? KernelFile.bytes(of: entry.appending(name)) }
    if let messages = text("messages") {
      return KernelModuleFixture(
        object: text("object"), accessors: text("accessors").map { String(decoding: $0, as: UTF8.self) },
        messages: String(decoding: messages, as: UTF8.self))
    }
    if KernelAccess.isEmulated {
      // As for clang, .ci/kernels lists what a guest had to compile.
      _ = try Command.run(
        "sh", ["-c", "echo \"$(uname -r): a kernel module\" >>\"$1/compiled\"", "sh", folder.path])
    }
    return nil
  }

  /// Keeps a module.
  func keep(_ module: KernelModuleFixture) throws {
    let new = folder.appending(path: "new.\(UniqueName.next())")
    try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
    if let object = module.object { try Data(object).write(to: new.appending(path: "object")) }
    if let accessors = module.accessors {
      try Data(accessors.utf8).write(to: new.appending(path: "accessors"))
    }
    try Data(module.messages.utf8).write(to: new.appending(path: "messages"))
    // Another process may have kept the same module.
    guard rename(new.path, entry.string) != 0 else { return }
    try FileManager.default.removeItem(at: new)
  }
}
