//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage

/// Compiles the C sources beside these tests with the toolchain's clang.
enum ObjectFixture {
  private static let fixtures = FixtureObjects(beside: #filePath)

  /// The package's root folder.
  static var package: FilePath { FixtureObjects.package }

  /// Returns the path of `name.bpf.c`.
  static func source(_ name: String) -> FilePath { fixtures.source(name) }

  /// Compiles `name.bpf.c` and returns the object's bytes.
  ///
  /// - Parameter target: clang's name of the target. `bpfeb` is big-endian.
  static func bytes(
    _ name: String, definitions: [String] = [], target: String = "bpf"
  ) throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let object = directory.appending("\(name).bpf.o")
      try compile(name, to: object, definitions: definitions, target: target)
      return try KernelFile.bytes(of: object)
    }
  }

  /// Compiles `name.bpf.c` with the headers of this package.
  static func compile(
    _ name: String, to object: FilePath, definitions: [String] = [], target: String = "bpf"
  ) throws {
    try fixtures.compile(name, to: object, definitions: definitions, target: target)
  }

  /// Compiles `name.bpf.c` and reads the object.
  static func object(
    _ name: String, definitions: [String] = [], target: String = "bpf"
  ) throws -> ObjectFile {
    try ObjectFile(bytes: bytes(name, definitions: definitions, target: target), name: name)
  }

  /// Compiles a C source and reads the object.
  static func object(source: String) throws -> ObjectFile {
    try read { try Toolchain.compile(source, to: $0) }
  }

  /// Compiles a C source with modified LLVM IR and reads the object.
  static func object(source: String, rewritingIR rewrite: (String) -> String) throws -> ObjectFile {
    try read { try Toolchain.compile(source, to: $0, rewritingIR: rewrite) }
  }

  /// Assembles a source and reads the object.
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
