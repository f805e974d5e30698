//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPF
import BPFSyscall

/// The C sources in the folder `Fixtures` beside some tests, compiled by the toolchain's clang, with the headers of this
/// package, when a test asks for them.
package struct FixtureObjects: Sendable {
  /// The folder with the sources.
  package let directory: FilePath

  /// The package's root.
  package static let package = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The sources beside a file of tests.
  package init(beside file: String) {
    directory = FilePath(file).removingLastComponent().appending("Fixtures")
  }

  /// The source `name.bpf.c`.
  package func source(_ name: String) -> FilePath { directory.appending("\(name).bpf.c") }

  /// Compiles the source `name.bpf.c`.
  ///
  /// - Parameters:
  ///   - target: clang's name of the target: `bpfeb` is of the other byte order.
  ///   - isForOldest: whether to do without what came with Linux 5.15, whatever the running kernel.
  package func compile(
    _ name: String, to object: FilePath, definitions: [String] = [], target: String = "bpf",
    isForOldest: Bool = false
  ) throws {
    try Toolchain.compile(
      file: source(name), to: object, includePaths: [Self.package.appending("Headers")],
      definitions: definitions + [Self.machine] + (isForOldest ? Self.oldest : Self.lacks(source(name))),
      target: target)
  }

  /// The object that the source `name.bpf.c` becomes, read.
  ///
  /// - Parameter change: what is done to its bytes before.
  package func object(
    _ name: String, definitions: [String] = [], target: String = "bpf",
    changing change: (inout [UInt8]) -> Void = { _ in }
  ) throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try compile(name, to: object, definitions: definitions, target: target)
      var bytes = try KernelFile.bytes(of: object)
      change(&bytes)
      var file = try ObjectFile(bytes: bytes, name: name)
      file.leaveOutWhatIsTooNew()
      return file
    }
  }

  /// The macro for sources that do without what came with Linux 5.12 (atomic fetches) and 5.15 (cookies), where the running
  /// kernel lacks these.
  package static let lacks = KernelRelease.isOlder(than: "5.15") ? oldest : []

  /// The macro, whatever the running kernel.
  package static let oldest = ["BEFORE_LINUX_5_15"]

  /// The macro, for a source that knows it.
  private static func lacks(_ source: FilePath) throws -> [String] {
    guard !lacks.isEmpty else { return [] }
    return String(decoding: try KernelFile.bytes(of: source), as: UTF8.self).contains(oldest[0]) ? oldest : []
  }

  /// The macro that tells the headers which machine the registers are of.
  private static var machine: String {
    #if arch(x86_64)
    "__TARGET_ARCH_x86"
    #elseif arch(arm64)
    "__TARGET_ARCH_arm64"
    #else
    "__TARGET_ARCH_unknown"
    #endif
  }
}
