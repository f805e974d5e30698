//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests maps that several processes share by a path, which the first one creates.
@Suite("Maps shared at a pin path", .kernel)
struct SharedPinTests {
  private static func hash(
    at path: FilePath, valueSize: Int = 8, maxEntries: Int = 16, flags: MapCreateFlags = []
  ) throws(BPFError) -> MapHandle {
    try MapHandle(
      type: .hash, name: "shared", keySize: 4, valueSize: valueSize, maxEntries: maxEntries,
      options: MapOptions(flags: flags, pinPath: path))
  }

  @Test("The first map is created and pinned, and later ones open it with its contents")
  func opening() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("shared")
      let first = try Self.hash(at: path)
      try first.fill([7])
      let second = try Self.hash(at: path)
      #expect(second.id == first.id && second.access == .readWrite)
      #expect(try second.lookup(UInt32(7).bytes) == UInt64(7).bytes)
      #expect(try MapHandle(pinnedAt: path).id == first.id)
      let reader = try Self.hash(at: path, flags: .readOnly)
      #expect(reader.id == first.id && reader.access == .readOnly)
      #expect(throws: BPFError.self) { try reader.update(UInt32(8).bytes, to: UInt64(8).bytes) }
      // Typed maps too.
      let typed = try HashMap<UInt32, UInt64>(maxEntries: 16, options: MapOptions(pinPath: path))
      #expect(try typed.id == first.id && typed.lookup(7) == 7)
      try first.unpin(from: path)
      #expect(try Self.hash(at: path).id != first.id)
    }
  }

  @Test("The kernel's changes of a request are not differences")
  func kernelChanges() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("recent")
      // The kernel rounds up to a multiple of the CPUs.
      func map() throws(BPFError) -> MapHandle {
        try MapHandle(
          type: .lruHash, keySize: 4, valueSize: 8, maxEntries: 5,
          options: MapOptions(flags: .noCommonLRU, pinPath: path))
      }
      let (first, second) = (try map(), try map())
      #expect(first == second)
    }
  }

  @Test("A map that differs is refused with all differences, and stays")
  func differences() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("shared")
      let map = try Self.hash(at: path)
      let error = #expect(throws: BPFError.self) {
        try Self.hash(at: path, valueSize: 4, maxEntries: 17, flags: .noPrealloc)
      }
      #expect(error?.code == .typeMismatch && error?.path == path && error?.mapID == map.id)
      for text in [
        "its value size is 8, and the requested map's 4", "its max_entries is 16, and the requested map's 17",
        "its map_flags is",
      ] {
        #expect(error?.explanation.contains(text) == true, "\(text)")
      }
      #expect(error?.explanation.contains("key size") == false)
      let type = #expect(throws: BPFError.self) {
        try ArrayMap<UInt64>(maxEntries: 16, options: MapOptions(pinPath: path))
      }
      #expect(type?.explanation.contains("its type is hash, and the requested map's array") == true)
      #expect(try MapHandle(pinnedAt: path).id == map.id)
    }
  }

  @Test("A typed map compares its types with the existing map's BTF")
  func types() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("locked")
      try MapHandle.locked().pin(at: path)
      let error = #expect(throws: BPFError.self) {
        try HashMap<UInt32, UInt64>(maxEntries: 16, options: MapOptions(pinPath: path))
      }
      #expect(error?.code == .typeMismatch)
    }
  }

  @Test("Refuses other pinned objects, and creates nothing where it cannot pin")
  func refusals() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("program")
      try FixtureDescriptor.program().pin(at: path)
      let error = #expect(throws: BPFError.self) { try Self.hash(at: path) }
      #expect(error?.code == .wrongObject)
      let name = UniqueName.next()
      for (path, code) in [
        (directory.appending("missing/shared"), BPFError.Code.notFound), ("/proc/shared", .notBPFFileSystem),
        ("", .invalidArgument),
      ] {
        let error = #expect(throws: BPFError.self) {
          try MapHandle(
            type: .hash, name: name, keySize: 4, valueSize: 8, maxEntries: 1,
            options: MapOptions(pinPath: path)
          )
        }
        #expect(error?.code == code, "\(path): \(error as Any)")
      }
      #expect(eventually { (try? MapHandle(name: name)) == nil })
      let exclusive = #expect(throws: BPFError.self) {
        try MapHandle(
          type: .hash, keySize: 4, valueSize: 8, maxEntries: 1,
          options: MapOptions(
            exclusiveProgramHash: [UInt8](repeating: 1, count: 32), pinPath: directory.appending("exclusive"))
        )
      }
      #expect(exclusive?.code == .invalidArgument)
    }
  }

  @Test("Of many threads that create a map at a path, all get the same one", .notEmulated(.takesLong))
  func races() throws {
    try withBPFFileSystem { directory in
      for round in 0..<KernelAccess.rounds(50) {
        let path = directory.appending("shared_\(round)")
        let jobs = (0..<8).map { _ in
          Worker.start {
            //
            let map = try Self.hash(at: path)
            return map.id
          }
        }
        let ids = try Set(jobs.map { try #require(try $0.join()) })
        #expect(try ids == [MapHandle(pinnedAt: path).id])
      }
    }
  }

  @Test("Creates a map even while another thread removes its pin", .notEmulated(.takesLong))
  func removal() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("shared")
      let isOver = Flag()
      let remover = Worker.start {
        var removed = 0
        while !isOver.isSet {
          do throws(BPFError) {
            try MapHandle(pinnedAt: path).unpin(from: path)
            removed += 1
          } catch {}
        }
        return removed
      }
      for _ in 0..<KernelAccess.rounds(500) {
        let map = try Self.hash(at: path)
        #expect(map.name == "shared")
      }
      isOver.set()
      let removed = try remover.join() ?? 0
      #expect(removed > 0)
    }
  }
}
