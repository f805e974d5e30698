//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage

/// The C sources beside these tests, compiled by the toolchain's clang when a test asks for them.
enum ObjectFixture {
  private static let fixtures = FixtureObjects(beside: #filePath)

  /// The package's root.
  static var package: FilePath { FixtureObjects.package }

  /// The source `name.bpf.c`.
  static func source(_ name: String) -> FilePath { fixtures.source(name) }

  /// The object that the source `name.bpf.c` becomes.
  ///
  /// - Parameter target: clang's name of the target: `bpfeb` is of the other byte order.
  static func bytes(
    _ name: String, definitions: [String] = [], target: String = "bpf"
  ) throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try compile(name, to: object, definitions: definitions, target: target)
      return try KernelFile.bytes(of: object)
    }
  }

  /// Compiles the source `name.bpf.c` with the headers of this package.
  static func compile(
    _ name: String, to object: FilePath, definitions: [String] = [], target: String = "bpf"
  ) throws {
    try fixtures.compile(name, to: object, definitions: definitions, target: target)
  }

  /// The object that the source `name.bpf.c` becomes, read.
  static func object(
    _ name: String, definitions: [String] = [], target: String = "bpf"
  ) throws -> ObjectFile {
    try ObjectFile(bytes: bytes(name, definitions: definitions, target: target), name: name)
  }

  /// The object that a source becomes, read.
  static func object(source: String) throws -> ObjectFile {
    try read { try Toolchain.compile(source, to: $0) }
  }

  /// The object that a source becomes if the compiler's intermediate representation is changed, read.
  static func object(source: String, rewritingIR rewrite: (String) -> String) throws -> ObjectFile {
    try read { try Toolchain.compile(source, to: $0, rewritingIR: rewrite) }
  }

  /// The object that a source in assembly becomes, read.
  static func object(assembly: String) throws -> ObjectFile {
    try read { try Toolchain.assemble(assembly, to: $0) }
  }

  private static func read(_ make: (FilePath) throws -> Void) throws -> ObjectFile {
    try withTemporaryDirectory { directory in
      let object = directory.appending("source.bpf.o")
      try make(object)
      return try ObjectFile(object)
    }
  }
}
