//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Pinning a whole object", .kernel)
struct PinningStepTests {
  /// Runs `body` with an object, and with options to pin all of it in a directory that does not exist.
  private static func withObject(
    _ name: String = "pinned", _ body: (ObjectFile, LoadOptions) throws -> Void
  ) throws {
    let file = try ObjectFixture.object(name)
    try withBPFFileSystem { files in
      try body(file, LoadOptions(pinDirectory: files.appending("object"), pinsEverything: true))
    }
  }

  /// Returns the names of the files in a directory.
  private static func names(in directory: FilePath) -> Set<String> {
    var names: Set<String> = []
    guard let stream = opendir(directory.string) else { return names }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.insert(name) }
    }
    return names
  }

  @Test("Pins all parts in a new directory, and replaces them on reload")
  func reloading() throws {
    try Self.withObject { file, options in
      var options = options
      let first = try file.load(options)
      #expect(Self.names(in: options.pinDirectory) == ["count", "own_counts", "shared_counts"])
      #expect(Set(first.pins.keys) == ["count", "own_counts", "shared_counts"])
      #expect(try Program(pinnedAt: options.pinDirectory.appending("count")).id == first.program("count").id)
      try first.map("shared_counts").update([1, 0, 0, 0], to: [5, 0, 0, 0, 0, 0, 0, 0])
      #expect(chmod(options.pinDirectory.appending("count").string, 0o640) == 0)

      let refused = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(refused?.code == .alreadyExists && refused?.path == options.pinDirectory.appending("count"))

      options.existingPins = .migrate
      let second = try file.load(options)
      #expect(try second.map("shared_counts").id == first.map("shared_counts").id)
      #expect(try second.program("count").id != first.program("count").id)
      #expect(try Program(pinnedAt: options.pinDirectory.appending("count")).id == second.program("count").id)
      #expect(
        try MapHandle(pinnedAt: options.pinDirectory.appending("own_counts")).id
          == second.map("own_counts").id)
      var status = stat()
      #expect(
        stat(options.pinDirectory.appending("count").string, &status) == 0 && status.st_mode & 0o777 == 0o640)

      options.existingPins = .replace
      let third = try file.load(options)
      #expect(try third.map("shared_counts").id != first.map("shared_counts").id)
      #expect(try third.map("shared_counts").count() == 0)
      #expect(Self.names(in: options.pinDirectory) == ["count", "own_counts", "shared_counts"])
    }
  }

  @Test("Finds pins that cannot be replaced before changing anything")
  func refusals() throws {
    try Self.withObject { file, options in
      var (file, options) = (file, options)
      let first = try file.load(options)
      options.existingPins = .migrate
      file.maps["shared_counts"]?.maxEntries = 32
      let path = options.pinDirectory.appending("count")
      // A directory, and a map, at the path of the program.
      try first.program("count").unpin(from: path)
      #expect(mkdir(path.string, 0o700) == 0)
      let directory = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(directory?.code == .wrongObject && directory?.path == path)
      #expect(rmdir(path.string) == 0)
      try first.map("own_counts").pin(at: path)
      let other = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(other?.code == .wrongObject && other?.path == path)
      #expect(
        try MapHandle(pinnedAt: options.pinDirectory.appending("shared_counts")).id
          == first.map("shared_counts").id)
      #expect(Self.names(in: options.pinDirectory) == ["count", "own_counts", "shared_counts"])
    }
  }

  @Test("Finds invalid pin names before changing anything, and leaves no directory")
  func names() throws {
    try Self.withObject { file, options in
      var (file, options) = (file, options)
      let first = try file.load(options)
      options.existingPins = .replace
      options.pinsEverything = false
      file.maps["own_counts"]?.pinPath = options.pinDirectory.appending("own.counts")
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.path?.lastComponent?.string == "own.counts")
      #expect(
        try MapHandle(pinnedAt: options.pinDirectory.appending("shared_counts")).id
          == first.map("shared_counts").id)
      #expect(Self.names(in: options.pinDirectory) == ["count", "own_counts", "shared_counts"])

      let elsewhere = options.pinDirectory.removingLastComponent().appending("elsewhere")
      options.pinDirectory = elsewhere
      #expect(throws: BPFError.self) { try file.load(options) }
      #expect(access(elsewhere.string, F_OK) != 0)
    }
  }

  @Test("Rejects two parts with the same path, and names a directory that cannot be created")
  func paths() throws {
    try Self.withObject { file, options in
      var (file, options) = (file, options)
      file.maps["shared_counts"]?.pinPath = options.pinDirectory.appending("count")
      let error = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(error?.explanation == "'shared_counts' and 'count' would both be pinned there")
      file.maps["shared_counts"]?.pinPath = nil
      options.pinDirectory = options.pinDirectory.appending("below")
      let missing = #expect(throws: BPFError.self) { try file.load(options) }
      #expect(missing?.code == .notFound && missing?.path == options.pinDirectory)
    }
  }

  @Test("Fills a shared program array together with pinning, and restores it after a failure")
  func sharedSlots() throws {
    try Self.withObject("tail_calls") { file, options in
      var (file, options) = (file, options)
      let name = try #require(file.maps.first { $0.type == .programArray }?.name)
      file.maps[name]?.pinning = .byName
      let slots = try #require(file.maps[name]).initialValues.keys.sorted()
      let first = try file.load(options)
      let array = try ProgramArray(first.map(name))
      let before = try slots.map { try array.lookup($0) }
      #expect(before.allSatisfy { $0 != nil })
      options.existingPins = .migrate

      // The last slot is past the end of the shared array.
      var wrong = file
      let value = wrong.maps[name]?.initialValues[slots[0]]
      wrong.maps[name]?.initialValues[1000] = value
      #expect(throws: BPFError.self) { try wrong.load(options) }
      #expect(try slots.map { try array.lookup($0) } == before)
      #expect(
        Self.names(in: options.pinDirectory) == Set(first.pins.values.compactMap { $0.lastComponent?.string })
      )

      let second = try file.load(options)
      #expect(try second.map(name).id == first.map(name).id)
      let after = try slots.map { try array.lookup($0) }
      #expect(zip(before, after).allSatisfy { $0 != $1 })
    }
  }
}
