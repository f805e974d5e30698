//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import BPFObjects
internal import Foundation

/// Compiles a BPF source and generates Swift for the object. The build plugin runs it once for each source.
///
/// `BPFObjectGenerator SOURCE OBJECT SWIFT CLANG ARGUMENTS...`: the source, the object file and the Swift file to
/// write, the compiler, and its arguments before the source and object names.
///
/// `BPFObjectGenerator kernel-module OPTIONS...`: compiles a kernel module in Swift. See `KernelModuleArguments`.
///
/// `BPFObjectGenerator --check-toolchain [SWIFTC]`: checks whether a toolchain compiles kernel modules.
@main
struct BPFObjectGenerator {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "kernel-module" { return compileKernelModule(arguments.dropFirst()) }
    if arguments.first == "--check-toolchain" { return checkToolchain(arguments.dropFirst().first) }
    guard arguments.count >= 4 else {
      fail("usage: BPFObjectGenerator SOURCE OBJECT SWIFT CLANG ARGUMENTS...")
    }
    let files = Array(arguments.prefix(4))
    let (source, object, swift, clang) = (files[0], files[1], files[2], files[3])
    do {
      try compile(source, to: object, clang, Array(arguments.dropFirst(4)))
      try generate(swift, of: object, from: URL(filePath: source))
    } catch {
      fail("\(source): error: \(error)")
    }
  }

  private static func compileKernelModule(_ arguments: some Sequence<String>) {
    do {
      try KernelModuleCompiler.run(KernelModuleArguments(arguments))
    } catch {
      fail("\(error)")
    }
  }

  /// Checks the toolchain of a Swift compiler, or of the first one in `PATH`.
  private static func checkToolchain(_ swiftc: String?) {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let found = folders.map { "\($0)/swiftc" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let path = swiftc ?? found else { fail("there is no swiftc in PATH: install the Swift toolchain") }
    let compiler = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent()
    do {
      // The compiler is a link to the driver, which tells by its name what to do.
      let check = ToolchainCheck(
        swiftc: compiler.appending(path: "swiftc").path, clang: compiler.appending(path: "clang").path)
      print("Swift \(try check.run()) compiles kernel modules")
    } catch {
      fail("\(error)")
    }
  }

  /// Compiles the source with clang. Its diagnostics go directly to the build log.
  private static func compile(
    _ source: String, to object: String, _ clang: String, _ arguments: [String]
  ) throws {
    guard FileManager.default.isExecutableFile(atPath: clang) else {
      fail(
        "\(source): error: cannot compile it: there is no executable file '\(clang)': install a Swift toolchain, "
          + "which has clang")
    }
    let process = Process()
    process.executableURL = URL(filePath: clang)
    process.arguments = arguments + ["-c", source, "-o", object]
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { exit(process.terminationStatus) }
  }

  private static func generate(_ swift: String, of object: String, from source: URL) throws {
    let fileName = source.lastPathComponent
    let bytes = StrippedObject(Array(try Data(contentsOf: URL(filePath: object)))).bytes
    let suffix = ".bpf.c"
    let name = fileName.hasSuffix(suffix) ? String(fileName.dropLast(suffix.count)) : fileName
    let file = try ObjectFile(bytes: bytes, name: name)
    let declaration = ObjectDeclaration(
      file, embedded: Data(bytes).base64EncodedString(), fileName: fileName,
      sourceText: SourceFiles(including: source).text)
    try Data(declaration.source.utf8).write(to: URL(filePath: swift), options: .atomic)
  }

  private static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
    exit(1)
  }
}
