//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests arguments that no program should pass. They must not trap, loop forever, or use up all memory.
///
/// Tests that may crash run in their own process.
@Suite("Hostile arguments", .kernel)
struct HostileArgumentTests {
  @Test("A huge batch size uses no more memory than the map's elements")
  func hugeBatchSize() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 100)
      for key in UInt32(0)..<100 { try map.update(key.bytes, to: UInt64(key).bytes) }
      try ProcessLimit.memory(2 << 30)
      for size in [Int.max, 1 << 32, 1 << 31] {
        var seen = 0
        try map.forEachBatch(batchSize: size) { seen += $0.count }
        #expect(seen == 100)
        var cursor = MapCursor()
        #expect(try map.lookupBatch(&cursor, count: size).count == 100)
      }
      try map.drainBatches(batchSize: .max) { #expect($0.count <= 100) }
      #expect(try map.count() == 0)
    }
  }

  @Test("A batch size below 1 means 1", arguments: [0, -1, Int.min])
  func tinyBatchSize(size: Int) throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill(0..<10)
    var seen = 0
    try map.forEachBatch(batchSize: size) { seen += $0.count }
    #expect(seen == 10)
  }

  @Test("A cursor of a map with other key sizes does not loop forever", .kernel(since: "6.1"))
  func foreignCursor() async {
    await #expect(processExitsWith: .success) {
      let short = try MapHandle(type: .hash, keySize: 1, valueSize: 1, maxEntries: 200)
      let long = try MapHandle(
        type: .lpmTrie, keySize: 20, valueSize: 1, maxEntries: 200, options: MapOptions(flags: .noPrealloc))
      for byte in UInt8(0)..<100 {
        try short.update([byte], to: [byte])
        try long.update(UInt32(128).bytes + [UInt8](repeating: byte, count: 16), to: [byte])
      }
      for (one, other) in [(short, long), (long, short)] {
        var cursor = MapCursor()
        _ = try one.lookupBatch(&cursor, count: 20)
        var rounds = 0
        while !cursor.isAtEnd, rounds < 1000 {
          rounds += 1
          do { _ = try other.lookupBatch(&cursor, count: 20) } catch { break }
        }
        #expect(rounds < 1000)
      }
    }
  }

  @Test("A NUL byte in a path does not crash")
  func nulInPath() async {
    await #expect(processExitsWith: .success) {
      try withBPFFileSystem { directory in
        let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
        let path = FilePath(directory.string + "/a\0b")
        // Only checks that the calls return. `FilePath` decides where the path ends.
        _ = try? map.pin(at: path)
        _ = try? MapHandle(pinnedAt: path)
        _ = try? map.unpin(from: path)
      }
    }
  }

  @Test("Opens and lists a map whose name is not UTF-8")
  func foreignName() throws {
    let raw = try RawMap(type: 2, keySize: 4, valueSize: 4, maxEntries: 1, nameBytes: [0x61, 0xe4, 0x62])
    let map = try MapHandle(duplicating: raw.descriptor.fileDescriptor)
    #expect(map.name.hasPrefix("a") && map.name.hasSuffix("b"))
    #expect(try MapHandle.all().contains { $0.id == map.id })
  }

  @Test(
    "A name that no map can have is not found or invalid",
    arguments: ["", "a name that is longer", "x\0y", "ä"])
  func impossibleNames(name: String) {
    let error = #expect(throws: BPFError.self) { try MapHandle(name: name) }
    #expect(error?.code == (name.isEmpty ? .invalidName : .notFound))
    if name.count > 15 { #expect(error?.description.contains("15") == true) }
  }
}
