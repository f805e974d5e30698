//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The package's headers, and the C sources beside these tests that use them.
enum HeaderFixture {
  /// The package's root folder.
  static let package = FilePath("\(#filePath)").removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The folder to pass to clang with `-I`.
  static let headers = package.appending("Headers")

  static let strict = ["-Wall", "-Wextra"]

  static let kernel = Result { try BTFTypes.vmlinux() }
  private static let vmlinux = kernel.map { $0.cHeader() }

  /// Returns the text of one of the package's headers.
  static func header(_ name: String) throws -> String {
    try contents(of: headers.appending("bpf").appending(name))
  }

  /// Returns the text of the headers' README.
  static func page() throws -> String { try contents(of: headers.appending("README.md")) }

  /// Returns the text of `Fixtures/name.bpf.c` in a test folder.
  static func source(_ name: String, of tests: String = "HeaderTests") throws -> String {
    try contents(
      of: package.appending("Tests").appending(tests).appending("Fixtures").appending("\(name).bpf.c"))
  }

  /// Runs `body` with a temporary folder that contains the running kernel's vmlinux.h.
  static func withVmlinux<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
    let header = try vmlinux.get()
    return try withTemporaryDirectory { directory in
      try write(header, to: directory.appending("vmlinux.h"))
      return try body(directory)
    }
  }

  /// The folder of the system's <asm/types.h>, which clang does not search for BPF.
  static let systemHeaders: FilePath? = {
    #if arch(x86_64)
    let machine = "x86_64"
    #elseif arch(arm64)
    let machine = "aarch64"
    #else
    let machine = "unknown"
    #endif
    return ["/usr/include/\(machine)-linux-gnu", "/usr/include"].first {
      access($0 + "/asm/types.h", R_OK) == 0
    }.map { FilePath($0) }
  }()

  /// The macro that selects the architecture of the register layout.
  static let machine: String = {
    #if arch(arm64)
    "__TARGET_ARCH_arm64"
    #else
    "__TARGET_ARCH_x86"
    #endif
  }()

  /// Creates a text file.
  static func write(_ text: String, to path: FilePath) throws {
    let descriptor = try FileDescriptor.open(
      path, .writeOnly, options: .create, permissions: .ownerReadWrite)
    try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
  }

  private static func contents(of path: FilePath) throws -> String {
    let descriptor = try FileDescriptor.open(path, .readOnly)
    return try descriptor.closeAfter {
      var bytes: [UInt8] = []
      let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)
      defer { chunk.deallocate() }
      while case let count = try descriptor.read(into: chunk), count > 0 { bytes += chunk.prefix(count) }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
