//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import SystemPackage

/// The C sources beside these tests, compiled by the toolchain's clang when a test asks for them.
enum ObjectFixture {
  /// The folder with the sources.
  static let directory = FilePath("\(#filePath)").removingLastComponent().appending("Fixtures")

  /// The source `name.bpf.c`.
  static func source(_ name: String) -> FilePath { directory.appending("\(name).bpf.c") }
}
