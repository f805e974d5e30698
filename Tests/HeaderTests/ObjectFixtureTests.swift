//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import SystemPackage
import Testing

/// The sources that the tests of compiled objects read are programs that the kernel takes: bpftool loads them, so what
/// another loader does with them can be held against it.
@Suite("Object fixtures", .bpftool)
struct ObjectFixtureTests {
  static let loaded = [
    "callbacks", "core_enums", "core_fields", "core_types", "counter", "globals", "inner_maps", "iterators",
    "kconfig", "kfuncs", "ksyms", "optional", "ring_buffer", "sections", "spin_lock", "struct_ops",
    "subprograms", "system_call", "tail_calls", "timers", "xdp",
  ]

  /// bpftool would pin the map where all programs of the machine find it, knows nothing of .bss sections with names
  /// of their own, and not every kernel lets programs iterate over elements.
  static let compiled = ["element_iterator", "pinned", "zeroed_sections"]

  @Test("They compile without a warning", arguments: loaded + compiled)
  func compile(_ name: String) throws {
    try withTemporaryDirectory { directory in
      _ = try HeaderFixture.compileObjectFixture(name, in: directory, warnings: HeaderFixture.strict)
    }
  }

  @Test("The kernel takes them", arguments: loaded)
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
