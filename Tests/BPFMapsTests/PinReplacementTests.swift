//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Replacing pins of maps", .kernel)
struct PinReplacementTests {
  private static func names(in directory: FilePath) throws -> Set<String> {
    Set(try PinnedObject.all(in: directory).compactMap { $0.path.lastComponent?.string })
  }

  @Test("A map takes the place, owner and permissions of a pinned one")
  func replacing() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let (old, new) = (try MapHandle.fixture(.hash), try HashMap<UInt32, UInt64>(maxEntries: 1))
      try old.pin(replacing: path)
      #expect(try MapHandle(pinnedAt: path).id == old.id)
      #expect(chmod(path.string, 0o640) == 0 && chown(path.string, 1, 2) == 0)
      try new.pin(replacing: path)
      #expect(try MapHandle(pinnedAt: path).id == new.id)
      var status = stat()
      #expect(stat(path.string, &status) == 0 && status.st_mode & 0o777 == 0o640)
      #expect(status.st_uid == 1 && status.st_gid == 2)
      #expect(try Self.names(in: directory) == ["map"])
      try new.unpin(from: path)
    }
  }

  @Test("Refuses to replace other objects and files, which stay")
  func refusals() throws {
    try withBPFFileSystem { directory in
      let map = try MapHandle.fixture(.hash)
      let (program, folder, link) = (
        directory.appending("program"), directory.appending("folder"), directory.appending("link")
      )
      try FixtureDescriptor.program().pin(at: program)
      #expect(mkdir(folder.string, 0o700) == 0 && symlink("program", link.string) == 0)
      for path in [program, folder, link] {
        let error = #expect(throws: BPFError.self) { try map.pin(replacing: path) }
        #expect(error?.code == .wrongObject && error?.operation == .pin && error?.path == path, "\(path)")
      }
      #expect(try Program(pinnedAt: program).type == .socketFilter)
      #expect(try Self.names(in: directory) == ["program"])
      let dotted = #expect(throws: BPFError.self) { try map.pin(replacing: directory.appending("a.map")) }
      #expect(dotted?.code == .invalidName)
      let missing = #expect(throws: BPFError.self) { try map.pin(replacing: directory.appending("no/map")) }
      #expect(missing?.code == .notFound)
    }
  }

  @Test("A pin of the name exists at all times, and no temporary one stays", .notEmulated(.takesLong))
  func atomicity() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let maps = try (0..<2).map { _ in try MapHandle.fixture(.hash) }
      try maps[0].pin(at: path)
      let isOver = Flag()
      let reader = Worker.start {
        var opened = 0
        while !isOver.isSet {
          let id = try MapHandle(pinnedAt: path).id
          if maps.contains(where: { $0.id == id }) { opened += 1 }
        }
        return opened
      }
      let writers = (0..<2).map { _ in
        Worker.start {
          for round in 0..<KernelAccess.rounds(200) { try maps[round % 2].pin(replacing: path) }
        }
      }
      for writer in writers { _ = try writer.join() }
      isOver.set()
      #expect(try #require(try reader.join()) > 0)
      #expect(try Self.names(in: directory) == ["map"])
    }
  }

  @Test("Removes temporary names that a killed process left")
  func leftovers() throws {
    try withBPFFileSystem { directory in
      let (path, map) = (directory.appending("map"), try MapHandle.fixture(.hash))
      try map.pin(at: path)
      try map.pin(at: directory.appending("swift_bpf_pending_map_1_4294967295"))
      try map.pin(at: directory.appending("pending_map_1"))
      try MapHandle.fixture(.hash).pin(replacing: path)
      #expect(try Self.names(in: directory) == ["map", "pending_map_1"])
    }
  }
}
