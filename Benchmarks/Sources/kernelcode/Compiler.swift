//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import Foundation

/// Compiles programs in C with clang, and kernel modules with the build plugin's generator.
final class Compiler {
  private let generator: URL
  private let clang: URL
  private let swiftc: URL
  /// The root of swift-bpf.
  private let root: URL
  private let folder: URL
  /// The paths of the objects that exist already: programs of one module share them.
  private var objects: Set<String> = []

  init(generator: String?) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let builds = ["release", "debug"].map { root.appending(path: ".build/\($0)/BPFObjectGenerator") }
    let candidates = generator.map { [URL(filePath: $0)] } ?? builds
    guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else {
      throw Failure(
        "cannot find \(candidates[0].path): run `swift build --product BPFObjectGenerator` in \(root.path)")
    }
    (self.generator, self.root) = (found, root)
    clang = try Compiler.tool("clang")
    swiftc = try Compiler.tool("swiftc")
    folder = FileManager.default.temporaryDirectory.appending(path: "swift-bpf-kernelcode")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Compiles a form of a program, and reads the object.
  func object(_ pair: ProgramPair, _ form: Form) throws -> ObjectFile {
    let object = folder.appending(path: "\(pair.module)-\(form).o")
    guard objects.insert(object.path).inserted else { return try ObjectFile(FilePath(object.path)) }
    switch form {
    case .c: try compile(root.appending(path: pair.cSource), to: object)
    case .unchecked: try compile(pair, ["--option", "-Ounchecked"], to: object)
    case .checked: try compile(pair, [], to: object)
    }
    return try ObjectFile(FilePath(object.path))
  }

  private func compile(_ source: URL, to object: URL) throws {
    let headers = root.appending(path: "Headers").path
    try run(
      clang,
      [
        "@\(headers)/clang-bpf.options", "-D__TARGET_ARCH_\(Compiler.architecture)", "-I\(headers)", "-c",
        source.path, "-o", object.path,
      ])
  }

  private func compile(_ pair: ProgramPair, _ options: [String], to object: URL) throws {
    let module = root.appending(path: pair.moduleFolder)
    var arguments = ["kernel-module", "--module", pair.module, "--folder", module.path]
    arguments += try files(in: module, ".swift").flatMap { ["--source", $0] }
    arguments += ["--package", root.path, "--architecture", Compiler.architecture]
    arguments += ["--swiftc", swiftc.path, "--clang", clang.path, "--object", object.path]
    arguments += ["--swift", object.path + ".accessors", "--cache", folder.appending(path: "modules").path]
    try run(generator, arguments + options)
  }

  private static let architecture: String = {
    #if arch(arm64)
    "arm64"
    #else
    "x86"
    #endif
  }()

  private func files(in folder: URL, _ suffix: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(suffix) }.sorted()
      .map { folder.appending(path: $0).path }
  }

  private static func tool(_ name: String) throws -> URL {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let paths = folders.map { "\($0)/\(name)" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw Failure("cannot find \(name): add the Swift toolchain's folder to PATH")
    }
    return URL(filePath: path)
  }

  private func run(_ program: URL, _ arguments: [String]) throws {
    let process = Process()
    (process.executableURL, process.arguments) = (program, arguments)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure("\(program.lastPathComponent) failed") }
  }
}

/// An error whose message is complete.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
