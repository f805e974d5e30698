//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import KernelFixtures
import Testing

/// The table of an rhash map starts with 64 buckets and grows when three quarters of them have an element.
@Suite("Resizable hashes", .kernel, .mapType(.rhash))
struct ResizableHashTests {
  @Test("A sweep of a table that is not resized returns every element once")
  func sweep() throws {
    let map = try MapHandle.fixture(.rhash, maxEntries: 1000)
    try map.fill(0..<40)
    #expect(SweepTests.numbers(try map.keys()) == Array(0..<40))
    #expect(try map.count() == 40)
    let entries = try map.entries()
    #expect(SweepTests.numbers(entries.map(\.key)) == Array(0..<40))
    #expect(entries.allSatisfy { UInt64(bytes: $0.value) == UInt64(UInt32(bytes: $0.key)) })
  }

  @Test("A sweep of a table that is resized returns no key twice")
  func sweepWhileResized() throws {
    let map = try MapHandle.fixture(.rhash, maxEntries: 5000)
    try map.fill(0..<5000)
    let keys = SweepTests.numbers(try map.keys())
    #expect(!keys.isEmpty && Set(keys).count == keys.count && Set(keys).isSubset(of: 0..<5000))
  }

  @Test("Deletes the elements of a table that is not resized, and refuses to drain")
  func deleteAll() throws {
    let map = try MapHandle.fixture(.rhash, maxEntries: 1000)
    try map.fill(0..<16)
    let error = #expect(throws: BPFError.self) { try map.drain() }
    #expect(error?.code == .unsupported)
    #expect(try map.deleteAll() == 16)
    #expect(try map.count() == 0)
  }

  @Test("The error of a batch whose first key was deleted says so")
  func lostCursor() throws {
    let map = try MapHandle.fixture(.rhash)
    try map.fill(0..<8)
    var cursor = MapCursor()
    let first = try map.lookupBatch(&cursor, count: 4).map(\.key)
    for key in UInt32(0)..<8 where !first.contains(key.bytes) { try map.delete(key.bytes) }
    let error = #expect(throws: BPFError.self) { try map.lookupBatch(&cursor, count: 4) }
    #expect(error?.errno == .resourceTemporarilyUnavailable && error?.code == .changing)
    #expect(error?.explanation.contains("new cursor") == true)
  }

  @Test("A last batch that fills its buffers returns its elements and ends the map")
  func fullLastBatch() throws {
    let map = try MapHandle.fixture(.rhash)
    try map.fill(0..<8)
    var (cursor, read): (MapCursor, [UInt32]) = (MapCursor(), [])
    while !cursor.isAtEnd {
      read += try map.lookupBatch(&cursor, count: 8 - read.count).map { UInt32(bytes: $0.key) }
    }
    #expect(read.sorted() == Array(0..<8))
    var (deletion, deleted): (MapCursor, [UInt32]) = (MapCursor(), [])
    while !deletion.isAtEnd {
      let batch = try map.lookupAndDeleteBatch(&deletion, count: 8 - deleted.count)
      deleted += batch.map { UInt32(bytes: $0.key) }
    }
    #expect(deleted.sorted() == Array(0..<8))
    #expect(try map.count() == 0)
  }

  @Test("The error of a refused creation names the broken rule")
  func refusals() throws {
    func explanation(keySize: Int = 4, extra: UInt64 = 0, flags: MapCreateFlags = .noPrealloc) -> String? {
      let error = #expect(throws: BPFError.self) {
        try MapHandle(
          type: .rhash, name: UniqueName.next(), keySize: keySize, valueSize: 8, maxEntries: 100_000,
          options: MapOptions(flags: flags, extra: extra))
      }
      return error?.explanation
    }
    #expect(explanation(flags: []) == "an rhash map must be created with BPF_F_NO_PREALLOC")
    #expect(
      explanation(flags: [.noPrealloc, .zeroSeed]) == "an rhash map does not take BPF_F_ZERO_SEED")
    #expect(explanation(keySize: 65536) == "a key of an rhash map has at most 65535 bytes, not 65536")
    #expect(
      explanation(extra: 65536)
        == "map_extra of an rhash map is its number of expected elements, 0 to 65535, not 65536")
    let largest = try MapHandle(
      type: .rhash, name: UniqueName.next(), keySize: 65535, valueSize: 8, maxEntries: 100_000,
      options: MapOptions(flags: .noPrealloc, extra: 65535))
    #expect(try largest.info().extra == 65535)
  }

  @Test("A resizable hash can be an inner map")
  func inner() throws {
    let inner = try MapHandle.fixture(.rhash)
    let outer = try MapHandle(
      type: .hashOfMaps, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 4,
      options: MapOptions(innerMap: inner))
    try inner.withFileDescriptor { try outer.update(UInt32(1).bytes, to: $0.rawValue.bytes) }
    #expect(try outer.lookup(UInt32(1).bytes) == inner.id.rawValue.bytes)
  }
}
