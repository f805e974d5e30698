//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import SystemPackage
import Testing

/// Checks with bpftool that the kernel loads the sources of the object tests, so that other loaders can be compared
/// with it.
@Suite("Object fixtures", .bpftool)
struct ObjectFixtureTests {
  static let loaded = [
    "callbacks", "core_enums", "core_fields", "core_types", "counter", "globals", "inner_maps", "iterators",
    "kconfig", "kfuncs", "ksyms", "optional", "ring_buffer", "sections", "spin_lock", "struct_ops",
    "subprograms", "system_call", "tail_calls", "timers", "xdp",
  ]

  /// Sources that bpftool cannot load: it would pin a map in the system's bpffs, it does not support custom .bss
  /// sections, and some kernels lack element iterators.
  static let compiled = ["element_iterator", "pinned", "zeroed_sections"]

  @Test("Fixtures compile without warnings", arguments: loaded + compiled)
  func compile(_ name: String) throws {
    try withTemporaryDirectory { directory in
      _ = try HeaderFixture.compileObjectFixture(name, in: directory, warnings: HeaderFixture.strict)
    }
  }

  @Test("The kernel loads the fixtures", arguments: loaded)
  func load(_ name: String) throws {
    try withTemporaryDirectory { directory in
      let object = try HeaderFixture.compileObjectFixture(name, in: directory)
      try withBPFFileSystem { files in
        try Bpftool.loadAll(object, at: files.appending(name))
      }
    }
  }
}

extension HeaderFixture {
  fileprivate static func compileObjectFixture(
    _ name: String, in directory: FilePath, warnings: [String] = []
  ) throws -> FilePath {
    let object = directory.appending("\(name).bpf.o")
    try Toolchain.compile(
      source(name, of: "BPFObjectsTests"), to: object, includePaths: [headers], definitions: [machine],
      warnings: warnings)
    return object
  }
}
