//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import CKernelFixtures
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Pins of a BPF file system", .bpftool)
struct PinnedObjectTests {
  @Test("Lists maps, programs and links in all directories, by path")
  func everyKind() throws {
    try withBPFFileSystem { directory in
      #expect(try PinnedObject.all(in: directory).isEmpty)
      let inner = directory.appending("inner/innermost")
      #expect(mkdir(directory.appending("inner").string, 0o700) == 0 && mkdir(inner.string, 0o700) == 0)
      let map = try HashMap<UInt32, UInt64>(name: "flows", maxEntries: 4)
      let program = try FixtureDescriptor.program(.cgroupSKB, returning: 1, name: "seen")
      let group = try TemporaryCgroup()
      let link = try group.link(program)
      try map.pin(at: directory.appending("z"))
      try program.pin(at: inner.appending("program"))
      try link.pin(at: directory.appending("a"))
      #expect(symlink("z", directory.appending("b").string) == 0)

      let pins = try PinnedObject.all(in: directory)
      #expect(
        pins.map(\.path)
          == [directory.appending("a"), inner.appending("program"), directory.appending("z")])
      guard case .link(let found) = pins[0].content, case .program(let loaded) = pins[1].content,
        case .map(let created) = pins[2].content
      else {
        Issue.record("\(pins)")
        return
      }
      #expect(found.type == .cgroup && found.target.cgroup?.id == group.id)
      #expect(loaded.name == "seen" && loaded.type == .cgroupSKB && loaded.id == found.programID)
      #expect(created.id == map.id && created.keySize == 4 && created.maxEntries == 4)
      let theirs = try Bpftool.run("map", "show", "pinned", pins[2].path.string)
      #expect(theirs["id"].integer == Int(created.id.rawValue))
      let shown = try Bpftool.run("prog", "show", "pinned", pins[1].path.string)
      #expect(shown["id"].integer == Int(loaded.id.rawValue))
      #expect(pins[0].description.contains("'\(pins[0].path)': link (id \(found.id), cgroup) to "))
      #expect(pins[1].description.hasSuffix("program 'seen' (id \(loaded.id), cgroup_skb)"))
      #expect(pins[2].description.hasSuffix("map 'flows' (id \(map.id), hash)"))
    }
  }

  @Test("A pin that this process may not open is listed with the reason")
  func unreadable() async throws {
    try await Worker.run {
      try withBPFFileSystem { directory in
        let (closed, readable) = (directory.appending("closed"), directory.appending("readable"))
        for path in [closed, readable] { try HashMap<UInt32, UInt64>(maxEntries: 1).pin(at: path) }
        #expect(chmod(closed.string, 0) == 0 && chmod(readable.string, 0o400) == 0)
        // Without CAP_DAC_OVERRIDE, permissions apply to root too.
        try #require(kf_limit_capabilities(~2 & ~4) == 0)
        let pins = try PinnedObject.all(in: directory)
        #expect(pins.map(\.path) == [closed, readable])
        guard case .unreadable(let error) = pins[0].content, case .map = pins[1].content else {
          Issue.record("\(pins)")
          return
        }
        #expect(error.code == .permissionDenied && error.path == closed)
        #expect(pins[0].description.hasSuffix("unreadable: the permissions deny this process access"))
      }
    }
  }

  @Test("Refuses directories of other file systems, and missing ones")
  func refusals() throws {
    try withBPFFileSystem { directory in
      let missing = #expect(throws: BPFError.self) {
        try PinnedObject.all(in: directory.appending("none"))
      }
      #expect(missing?.code == .notFound && missing?.operation == .list)
      let other = #expect(throws: BPFError.self) { try PinnedObject.all(in: "/proc") }
      #expect(other?.code == .notBPFFileSystem)
      let file = directory.appending("map")
      try HashMap<UInt32, UInt64>(maxEntries: 1).pin(at: file)
      let map = #expect(throws: BPFError.self) { try PinnedObject.all(in: file) }
      #expect(map?.code == .notFound)
    }
  }

  @Test("A program and a link take the place of pinned ones, and nothing else does")
  func replacing() throws {
    try withBPFFileSystem { directory in
      let object = try FixtureObjects(beside: #filePath).object("cgroups").load()
      let group = try TemporaryCgroup()
      let (first, second) = (try object.program("egress"), try object.program("dev"))
      let (path, linkPath) = (directory.appending("program"), directory.appending("link"))
      try first.pin(replacing: path)
      try second.pin(replacing: path)
      #expect(try Program(pinnedAt: path).id == second.id)
      var link: Link? = try first.attach(toCgroup: FilePath(group.path))
      try link?.pin(replacing: linkPath)
      link = nil
      func attached(_ type: AttachType) throws -> [ProgramID] {
        try AttachedPrograms(toCgroup: FilePath(group.path), for: type).map(\.programID)
      }
      #expect(try attached(.cgroupInetEgress) == [first.id])
      let other = try second.attach(toCgroup: FilePath(group.path))
      try other.pin(replacing: linkPath)
      // The old link had no other holder.
      #expect(try eventually { try attached(.cgroupInetEgress).isEmpty })
      #expect(try attached(.cgroupDevice) == [second.id])
      let error = #expect(throws: BPFError.self) { try first.pin(replacing: linkPath) }
      #expect(error?.code == .wrongObject)
      let wrong = #expect(throws: BPFError.self) { try other.pin(replacing: path) }
      #expect(wrong?.code == .wrongObject)
      #expect(try PinnedObject.all(in: directory).count == 2)
    }
  }
}
