//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests pinning a map at a path, opening it there, and removing the pin.
@Suite("Pinning maps", .kernel)
struct PinningTests {
  @Test("A pinned map outlives its handles, and can be opened by its path")
  func pinAndOpen() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      var id: MapID
      do {
        let map = try MapHandle.fixture(.hash)
        try map.fill([7])
        try map.pin(at: path)
        id = map.id
      }
      let map = try MapHandle(pinnedAt: path)
      #expect(map.id == id)
      #expect(map.access == .readWrite)
      #expect(try map.lookup(UInt32(7).bytes) == UInt64(7).bytes)
      try map.unpin(from: path)
      let error = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: path) }
      #expect(error?.errno == .noSuchFileOrDirectory)
    }
  }

  @Test("A pinned map opened read-only or write-only allows only that")
  func access() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let map = try MapHandle.fixture(.hash)
      try map.fill([7])
      try map.pin(at: path)

      let reader = try MapHandle(pinnedAt: path, access: .readOnly)
      #expect(reader.access == .readOnly)
      #expect(try reader.lookup(UInt32(7).bytes) == UInt64(7).bytes)
      let write = #expect(throws: BPFError.self) { try reader.update(UInt32(8).bytes, to: UInt64(8).bytes) }
      #expect(write?.code == .readOnly)
      #expect(write?.errno == .notPermitted)

      let writer = try MapHandle(pinnedAt: path, access: .writeOnly)
      #expect(writer.access == .writeOnly)
      try writer.update(UInt32(8).bytes, to: UInt64(8).bytes)
      let read = #expect(throws: BPFError.self) { try writer.lookup(UInt32(8).bytes) }
      #expect(read?.code == .writeOnly)
      #expect(read?.errno == .notPermitted)
    }
  }

  // MARK: - Refused pins

  @Test("Refuses to pin at an existing path")
  func existingPath() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let (map, other) = (try MapHandle.fixture(.hash), try MapHandle.fixture(.hash))
      try map.pin(at: path)
      let error = #expect(throws: BPFError.self) { try other.pin(at: path) }
      #expect(error?.code == .alreadyExists)
      #expect(error?.path == path)
      #expect(try MapHandle(pinnedAt: path).id == map.id)
    }
  }

  @Test("Refuses to pin in a missing directory")
  func missingParent() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("no/such")
      let error = #expect(throws: BPFError.self) { try MapHandle.fixture(.hash).pin(at: path) }
      #expect(error?.code == .notFound)
      #expect(error?.errno == .noSuchFileOrDirectory)
      #expect(error?.description.contains("directory") == true)
    }
  }

  @Test("Refuses to pin on another file system")
  func otherFileSystem() throws {
    try withTemporaryDirectory { directory in
      let error = #expect(throws: BPFError.self) {
        try MapHandle.fixture(.hash).pin(at: directory.appending("map"))
      }
      #expect(error?.code == .notBPFFileSystem)
      #expect(error?.description.contains("BPF file system") == true)
    }
  }

  @Test("Refuses a name with a dot, which bpffs does not allow")
  func dot() throws {
    try withBPFFileSystem { directory in
      let error = #expect(throws: BPFError.self) {
        try MapHandle.fixture(.hash).pin(at: directory.appending("a.map"))
      }
      #expect(error?.errno == .notPermitted)
      #expect(error?.code != .notBPFFileSystem)
      #expect(error?.description.contains("'.'") == true, "\(error.map(String.init(describing:)) ?? "")")
    }
  }

  @Test("Refuses a name that is too long")
  func longName() throws {
    try withBPFFileSystem { directory in
      let error = #expect(throws: BPFError.self) {
        try MapHandle.fixture(.hash).pin(at: directory.appending(String(repeating: "x", count: 256)))
      }
      #expect(error?.errno == .fileNameTooLong)
    }
  }

  // MARK: - Refused openings

  @Test("Refuses to open a pinned program or link as a map")
  func otherObjects() throws {
    try withBPFFileSystem { directory in
      let program = try FixtureDescriptor.program(.cgroupSKB, returning: 1)
      let link = try TemporaryCgroup().link(program)
      try program.pin(at: directory.appending("program"))
      try link.pin(at: directory.appending("link"))
      for (name, word) in [("program", "program"), ("link", "link")] {
        let error = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: directory.appending(name)) }
        #expect(error?.code == .wrongObject)
        #expect(error?.path == directory.appending(name))
        #expect(error?.description.contains(word) == true)
      }
      let readOnly = #expect(throws: BPFError.self) {
        try MapHandle(pinnedAt: directory.appending("link"), access: .readOnly)
      }
      #expect(readOnly?.path == directory.appending("link"))
    }
  }

  @Test("Refuses to open a directory, or a file that is not a pin")
  func noPin() throws {
    try withBPFFileSystem { directory in
      let error = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: directory) }
      #expect(error?.code == .wrongObject)
    }
    let error = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: "/etc/passwd") }
    #expect(error?.code == .notBPFFileSystem || error?.code == .wrongObject)
  }

  @Test("Refuses an empty path")
  func emptyPath() {
    for attempt in [
      { _ = try MapHandle(pinnedAt: "") }, { try MapHandle.fixture(.hash).pin(at: "") },
      { try MapHandle.fixture(.hash).unpin(from: "") },
    ] as [() throws -> Void] {
      let error = #expect(throws: BPFError.self, performing: attempt)
      #expect(error?.code == .invalidArgument && error?.explanation == "the path is empty")
    }
  }

  // MARK: - Unpinning

  @Test("Removes only a pin of the same map")
  func unpinOther() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let (map, other) = (try MapHandle.fixture(.hash), try MapHandle.fixture(.hash))
      try map.pin(at: path)
      let error = #expect(throws: BPFError.self) { try other.unpin(from: path) }
      #expect(error?.code == .wrongObject)
      #expect(try MapHandle(pinnedAt: path).id == map.id)

      let program = try FixtureDescriptor.program()
      try program.pin(at: directory.appending("program"))
      #expect(throws: BPFError.self) { try map.unpin(from: directory.appending("program")) }
      #expect(throws: BPFError.self) { try map.unpin(from: directory) }
    }
  }

  @Test("Unpinning a missing path is an error")
  func unpinMissing() throws {
    try withBPFFileSystem { directory in
      let error = #expect(throws: BPFError.self) {
        try MapHandle.fixture(.hash).unpin(from: directory.appending("map"))
      }
      #expect(error?.code == .notFound)
      #expect(error?.errno == .noSuchFileOrDirectory)
    }
  }

  @Test("Opens a pin through a symbolic link, but does not remove the link")
  func symbolicLink() throws {
    try withBPFFileSystem { directory in
      let (path, link) = (directory.appending("map"), directory.appending("alias"))
      let map = try MapHandle.fixture(.hash)
      try map.pin(at: path)
      #expect(try Command.run("ln", ["-s", path.string, link.string]).status == 0)
      #expect(try MapHandle(pinnedAt: link).id == map.id)
      let error = #expect(throws: BPFError.self) { try map.unpin(from: link) }
      #expect(error?.code == .wrongObject)
      #expect(error?.description.contains("symbolic link") == true)
      #expect(try MapHandle(pinnedAt: path).id == map.id)
    }
  }

  @Test("A path through a file is not found")
  func throughFile() throws {
    try withBPFFileSystem { directory in
      let map = try MapHandle.fixture(.hash)
      try map.pin(at: directory.appending("map"))
      let path = directory.appending("map/below")
      for operation in [{ try map.pin(at: path) }, { _ = try MapHandle(pinnedAt: path) }] {
        let error = #expect(throws: BPFError.self) { try operation() }
        #expect(error?.code == .notFound)
        #expect(error?.errno == .notDirectory)
      }
    }
  }

  @Test("A map may be pinned twice, and its pins are removed separately")
  func twoPins() throws {
    try withBPFFileSystem { directory in
      let map = try MapHandle.fixture(.hash)
      try map.pin(at: directory.appending("a"))
      try map.pin(at: directory.appending("b"))
      try map.unpin(from: directory.appending("a"))
      #expect(try MapHandle(pinnedAt: directory.appending("b")).id == map.id)
    }
  }

  @Test("Never removes a file on an ordinary file system")
  func unpinFile() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("file")
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
      try file.close()
      #expect(throws: BPFError.self) { try MapHandle.fixture(.hash).unpin(from: path) }
      try FileDescriptor.open(path, .readOnly).close()
    }
  }
}
