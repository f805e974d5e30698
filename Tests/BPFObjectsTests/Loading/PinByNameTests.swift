//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Maps pinned by name", .kernel)
struct PinByNameTests {
  /// Runs `body` with an object that has a map pinned by name, and options with a pin directory.
  private static func withObject(_ body: (ObjectFile, LoadOptions) throws -> Void) throws {
    var file = try ObjectFixture.object("counter")
    file.maps["hits"]?.pinning = .byName
    try withBPFFileSystem { files in try body(file, LoadOptions(pinDirectory: files)) }
  }

  @Test("Loading the object again shares the first map")
  func sharing() throws {
    try Self.withObject { file, options in
      let first = try file.load(options)
      let second = try file.load(options)
      #expect(first.maps["hits"]?.id == second.maps["hits"]?.id)
      let pinned = try MapHandle(pinnedAt: options.pinDirectory.appending("hits"))
      #expect(pinned.id == first.maps["hits"]?.id)
    }
  }

  @Test("Rejects a map that differs, lists all differences, and keeps it")
  func refusal() throws {
    try Self.withObject { file, options in
      let path = options.pinDirectory.appending("hits")
      let other = try MapHandle(type: .lruHash, name: "other", keySize: 8, valueSize: 8, maxEntries: 64)
      try other.pin(at: path)
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.code == .typeMismatch)
      let text = error?.description ?? ""
      #expect(text.contains("its type is lru_hash, and the object's hash"), "\(text)")
      #expect(text.contains("its key size is 8, and the object's 4"), "\(text)")
      #expect(!text.contains("value size"), "\(text)")
      #expect(try MapHandle(pinnedAt: path).id == other.id)
    }
  }

  @Test("Replacing pins a new map and keeps the old one for its owners")
  func replacing() throws {
    try Self.withObject { file, options in
      var options = options
      let path = options.pinDirectory.appending("hits")
      let old = try #require(try file.load(options).maps["hits"])
      try old.update([1, 0, 0, 0], to: [5, 0, 0, 0, 0, 0, 0, 0])
      options.existingPins = .replace
      let new = try #require(try file.load(options).maps["hits"])
      #expect(new.id != old.id)
      #expect(try MapHandle(pinnedAt: path).id == new.id)
      #expect(try new.count() == 0)
      #expect(try old.count() == 1)
    }
  }

  @Test("Migrating copies elements into a map of another size")
  func migrating() throws {
    try Self.withObject { file, options in
      var (file, options) = (file, options)
      options.existingPins = .migrate
      let old = try #require(try file.load(options).maps["hits"])
      for key in UInt8(0)..<10 { try old.update([key, 0, 0, 0], to: [key, 0, 0, 0, 0, 0, 0, 1]) }
      // A compatible map is used as it is.
      #expect(try file.load(options).maps["hits"]?.id == old.id)
      file.maps["hits"]?.maxEntries = 128
      let new = try #require(try file.load(options).maps["hits"])
      #expect(new.maxEntries == 128 && new.id != old.id)
      #expect(try new.count() == 10)
      #expect(try new.lookup([7, 0, 0, 0]) == [7, 0, 0, 0, 0, 0, 0, 1])
      #expect(try MapHandle(pinnedAt: options.pinDirectory.appending("hits")).id == new.id)

      // The elements do not fit: the old map stays pinned.
      file.maps["hits"]?.maxEntries = 4
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.code == .mapFull)
      #expect(try MapHandle(pinnedAt: options.pinDirectory.appending("hits")).id == new.id)
    }
  }

  @Test("A failed load pins nothing")
  func failure() throws {
    var file = try ObjectFixture.object("refused")
    let hits = try #require(try ObjectFixture.object("counter").maps["hits"])
    file.maps["hits"] = hits
    file.maps["hits"]?.pinning = .byName
    try withBPFFileSystem { files in
      let error = #expect(throws: BPFError.self) { try file.load(LoadOptions(pinDirectory: files)) }
      #expect(error?.code == .rejected)
      let missing = #expect(throws: BPFError.self) { try MapHandle(pinnedAt: files.appending("hits")) }
      #expect(missing?.code == .notFound)
    }
  }

  @Test("Uses a given map if it is compatible")
  func existing() throws {
    var file = try ObjectFixture.object("counter")
    let own = try MapHandle(type: .hash, name: "own", keySize: 4, valueSize: 8, maxEntries: 64)
    try file.use(existing: own, for: "hits")
    let object = try file.load()
    #expect(object.maps["hits"]?.id == own.id)
    _ = try object.programs["count"]?.run(data: LoadingTests.packet)
    #expect(try own.lookup([1, 0, 0, 0]) == [1, 0, 0, 0, 0, 0, 0, 0])

    let wrong = try MapHandle(type: .hash, name: "own", keySize: 4, valueSize: 4, maxEntries: 64)
    try file.use(existing: wrong, for: "hits")
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .typeMismatch && error?.mapID == wrong.id)
  }
}
