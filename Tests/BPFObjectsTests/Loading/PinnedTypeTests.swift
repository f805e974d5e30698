//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Pinned maps of every type", .kernel, .mapType(.userRingBuf), .mapType(.arena))
struct PinnedTypeTests {
  private static func withObject(_ body: (ObjectFile, LoadOptions) throws -> Void) throws {
    let file = try ObjectFixture.object("pinned_types")
    try withBPFFileSystem { files in try body(file, LoadOptions(pinDirectory: files)) }
  }

  private static func sharedMaps(_ object: Object) -> [String: MapID] {
    Dictionary(
      uniqueKeysWithValues: object.maps.filter { object.pins[$0.name] != nil }.map { ($0.name, $0.value.id) })
  }

  @Test(
    "Reloading shares the maps, despite adjustments of sizes and flags by kernel and loader"
  )
  func reloading() throws {
    try Self.withObject { file, options in
      var options = options
      let first = Self.sharedMaps(try file.load(options))
      #expect(first.count == file.maps.count { $0.pinning == .byName } && first.count > 30)
      for policy in [LoadOptions.ExistingPins.reuse, .migrate] {
        options.existingPins = policy
        #expect(Self.sharedMaps(try file.load(options)) == first)
      }
    }
  }

  @Test(
    "Rejects a real difference with both effective values",
    arguments: [
      ("ring", 1 << 20, "its max_entries is \(max(8192, pageSize)), and the object's 1048576"),
      ("ring", 300_000, "its max_entries is \(max(8192, pageSize)), and the object's 524288"),
      ("user_ring", pageSize, "its max_entries is 262144, and the object's \(pageSize)"),
      ("devices", 6, "its max_entries is 5, and the object's 6"),
      ("arena", 4, "its max_entries is 3, and the object's 4"),
      ("perf_events", PossibleCPUsForTests.count + 1, "and the object's \(PossibleCPUsForTests.count + 1)"),
      ("perf_events_1", 2, "its max_entries is 1, and the object's 2"),
    ])
  func differences(name: String, maxEntries: Int, message: String) throws {
    try Self.withObject { file, options in
      var file = file
      let first = Self.sharedMaps(try file.load(options))
      file.maps[name]?.maxEntries = maxEntries
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.code == .typeMismatch && error?.explanation.contains(message) == true, "\(error as Any)")
      #expect(error?.explanation.contains("flags") == false)
      let path = options.pinDirectory.appending(name)
      #expect(try MapHandle(pinnedAt: path).id == first[name])
    }
  }

  @Test("Compares LRU maps after rounding")
  func rounding() throws {
    let cpus = PossibleCPUsForTests.count
    try Self.withObject { file, options in
      var file = file
      _ = try file.load(options)
      let rounded = (5 + cpus - 1) / cpus * cpus
      file.maps["lru_per_cpu_list"]?.maxEntries = rounded
      _ = try file.load(options)
      file.maps["lru_per_cpu_list"]?.maxEntries = rounded + 1
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      let message = "its max_entries is \(rounded), and the object's \(rounded + cpus)"
      #expect(error?.explanation.contains(message) == true, "\(error as Any)")
    }
  }

  @Test("Ignores differences in flags that the kernel does not report")
  func flags() throws {
    try Self.withObject { file, options in
      var file = file
      _ = try file.load(options)
      file.maps["hash_read_only"]?.flags = []
      _ = try file.load(options)
      file.maps["devices"]?.flags = .numaNode
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.explanation.contains("its map_flags is 0, and the object's BPF_F_NUMA_NODE") == true)
    }
  }

  @Test("Migrating keeps the contents of rings, program arrays and maps-in-maps")
  func migrating() throws {
    try Self.withObject { file, options in
      var (file, options) = (file, options)
      let first = try file.load(options)
      let program = try first.program("pass")
      try program.withFileDescriptor { descriptor in
        let value = withUnsafeBytes(of: descriptor.rawValue) { Array($0) }
        try first.map("program_array").update([1, 0, 0, 0], to: value)
      }
      options.existingPins = .migrate
      for name in ["ring", "user_ring"] { file.maps[name]?.maxEntries = 65536 }
      for name in ["program_array", "array_of_maps", "hash_of_maps", "perf_events"] {
        file.maps[name]?.maxEntries = 16
      }
      let second = try file.load(options)
      #expect(try second.map("ring").maxEntries == 65536)
      #expect(try ProgramArray(second.map("program_array")).lookup(1) == program.id)
      // The old contents stay, even if the object has another map for the slot.
      #expect(
        try second.map("hash_of_maps").lookup([5, 0, 0, 0]) == first.map("hash_of_maps").lookup([5, 0, 0, 0]))
    }
  }
}

private enum PossibleCPUsForTests {
  static let count = (try? PossibleCPUs.current().count) ?? 1
}
