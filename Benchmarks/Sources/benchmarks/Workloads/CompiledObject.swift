//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
internal import SystemPackage

/// A source of `Fixtures`, compiled by the clang in `PATH` into a temporary folder that is removed with it.
final class CompiledObject {
  /// The object file.
  let path: FilePath

  private static let package = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
    .removingLastComponent().removingLastComponent()

  /// - Parameters:
  ///   - name: the source's name, without `.bpf.c`.
  ///   - definitions: macros to define.
  init(_ name: String, _ definitions: [String]) throws {
    var folder = Array("/tmp/swift-bpf-benchmarks.XXXXXX\0".utf8CString)
    guard mkdtemp(&folder) != nil else { throw InstrumentFailure("cannot create a folder in /tmp") }
    path = FilePath(platformString: folder).appending("\(name).bpf.o")
    let headers = CompiledObject.package.removingLastComponent().appending("Headers")
    let source = CompiledObject.package.appending("Fixtures").appending("\(name).bpf.c")
    try CompiledObject.run(
      ["clang", "@\(headers.appending("clang-bpf.options"))", "-I\(headers)"]
        + definitions.map { "-D\($0)" } + ["-c", source.string, "-o", path.string])
  }

  deinit {
    unlink(path.string)
    rmdir(path.removingLastComponent().string)
  }

  private static func run(_ words: [String]) throws {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, words[0], nil, nil, &arguments, environ) == 0 else {
      throw InstrumentFailure("cannot start \(words[0]): add the Swift toolchain's folder to PATH")
    }
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw InstrumentFailure("\(words[0]) failed for \(words.last ?? "")") }
  }
}
