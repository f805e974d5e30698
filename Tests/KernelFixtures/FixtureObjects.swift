//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPF
import BPFSyscall

/// The C sources in the folder `Fixtures` beside a test file, which tests compile with the toolchain's clang and the
/// headers of this package.
package struct FixtureObjects: Sendable {
  /// The folder of the sources.
  package let directory: FilePath

  /// The package's root folder.
  package static let package = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// Uses the folder `Fixtures` beside a test file.
  package init(beside file: String) {
    directory = FilePath(file).removingLastComponent().appending("Fixtures")
  }

  /// Returns the path of `name.bpf.c`.
  package func source(_ name: String) -> FilePath { directory.appending("\(name).bpf.c") }

  /// Compiles `name.bpf.c`.
  ///
  /// - Parameters:
  ///   - target: clang's name of the target. `bpfeb` is big-endian.
  ///   - isForOldest: whether to avoid features of Linux 5.12 and 5.15 even if the running kernel has them.
  package func compile(
    _ name: String, to object: FilePath, definitions: [String] = [], target: String = "bpf",
    isForOldest: Bool = false
  ) throws {
    try Toolchain.compile(
      file: source(name), to: object, includePaths: [Self.package.appending("Headers")],
      definitions: definitions + [Self.machine] + (isForOldest ? Self.oldest : Self.lacks(source(name))),
      target: target)
  }

  /// Compiles `name.bpf.c` and parses the object.
  ///
  /// - Parameter change: changes the object's bytes before parsing.
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
      file.excludeTooNewPrograms()
      return file
    }
  }

  /// The definitions for sources that support kernels before 5.15, if the running kernel is one: they avoid atomic
  /// fetches (Linux 5.12) and cookies (5.15).
  package static let lacks = KernelRelease.isOlder(than: "5.15") ? oldest : []

  /// The definitions for such kernels, regardless of the running kernel.
  package static let oldest = ["BEFORE_LINUX_5_15"]

  /// Returns the definitions if the source uses the macro.
  private static func lacks(_ source: FilePath) throws -> [String] {
    guard !lacks.isEmpty else { return [] }
    return String(decoding: try KernelFile.bytes(of: source), as: UTF8.self).contains(oldest[0]) ? oldest : []
  }

  /// The macro that selects the architecture of the register layout.
  package static var machine: String {
    #if arch(x86_64)
    "__TARGET_ARCH_x86"
    #elseif arch(arm64)
    "__TARGET_ARCH_arm64"
    #else
    "__TARGET_ARCH_unknown"
    #endif
  }
}
