//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests the results of reading a map: keys and entries as collections, and as lent bytes.
@Suite("Keys and entries as collections", .kernel)
struct MapCollectionTests {
  @Test("Keys are accessed by index, as a slice, and as lent bytes")
  func keys() throws {
    let map = try MapHandle.fixture(.array, maxEntries: 10)
    let keys = try map.keys()
    #expect(keys.count == 10)
    #expect(keys.keySize == 4)
    #expect(keys[7] == UInt32(7).bytes)
    #expect(keys[2..<5].map { UInt32(bytes: $0) } == [2, 3, 4])
    #expect(keys.last == UInt32(9).bytes)
    #expect(keys.withKey(at: 3) { $0.integer(as: UInt32.self) } == 3)
    #expect(keys.withBytes { $0.byteCount } == 40)
  }

  @Test("Entries are accessed by index, as a slice, and as lent bytes")
  func entries() throws {
    let map = try MapHandle.fixture(.array, maxEntries: 10)
    for index in UInt32(0)..<10 { try map.update(index.bytes, to: UInt64(index * 11).bytes) }
    let entries = try map.entries()
    #expect(entries.count == 10)
    #expect(
      (entries.keySize, entries.valueSize, entries.valueStride, entries.valuesPerElement) == (4, 8, 8, 1))
    #expect(entries[4].key == UInt32(4).bytes)
    #expect(entries[4].value == UInt64(44).bytes)
    #expect(entries.reversed().map { UInt64(bytes: $0.value) } == (0..<10).reversed().map { $0 * 11 })
    #expect(entries.perCPUValues(at: 4) == [UInt64(44).bytes])
    let sums = entries.withElement(at: 5) { key, value in
      UInt64(key.integer(as: UInt32.self)) + value.integer(as: UInt64.self)
    }
    #expect(sums == 60)
    #expect(entries.withBytes { keys, values in [keys.byteCount, values.byteCount] } == [40, 80])
    #expect(entries.description.contains("10 elements"))
  }

  @Test("Keys and entries are copies that later changes of the map do not affect")
  func copy() throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill([1, 2])
    let (keys, entries) = (try map.keys(), try map.entries())
    try map.deleteAll()
    #expect(keys.count == 2)
    #expect(entries.map { UInt64(bytes: $0.value) }.sorted() == [1, 2])
  }

  @Test("An empty map has empty collections")
  func empty() throws {
    let map = try MapHandle.fixture(.hash)
    #expect(try map.keys().first == nil)
    #expect(try map.entries().first == nil)
    #expect(try map.entries().withBytes { keys, values in keys.byteCount + values.byteCount } == 0)
  }

  @Test("A batch keeps its contents when the next one is read")
  func keptBatch() throws {
    let map = try MapHandle.fixture(.array, maxEntries: 10)
    var sweep = map.sweep(batchSize: 5)
    let first = try #require(try sweep.next())
    let second = try #require(try sweep.next())
    #expect(first.map { UInt32(bytes: $0.key) } == Array(0..<5))
    #expect(second.map { UInt32(bytes: $0.key) } == Array(5..<10))
  }
}
