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
  /// - Parameter target: clang's name of the target: `bpfeb` is of the other byte order.
  package func compile(
    _ name: String, to object: FilePath, definitions: [String] = [], target: String = "bpf"
  ) throws {
    try Toolchain.compile(
      file: source(name), to: object, includePaths: [Self.package.appending("Headers")],
      definitions: definitions + [Self.machine] + Self.lacks, target: target)
  }

  /// The object that the source `name.bpf.c` becomes, read.
  package func object(
    _ name: String, definitions: [String] = [], target: String = "bpf"
  ) throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try compile(name, to: object, definitions: definitions, target: target)
      var file = try ObjectFile(object)
      file.leaveOutWhatIsTooNew()
      return file
    }
  }

  /// The macro for sources that do without what came with Linux 5.12 (atomic fetches) and 5.15 (cookies).
  package static let lacks = KernelRelease.isOlder(than: "5.15") ? ["BEFORE_LINUX_5_15"] : []

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
