//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests operations on one element, in maps with one value per key.
@Suite("Single elements", .kernel)
struct ElementTests {
  static let key = UInt32(1).bytes
  static let other = UInt32(2).bytes
  static let value: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

  // MARK: - Look-up

  @Test("A written value is read back, also with raw bpf(2)", arguments: [MapType.hash, .lruHash, .array])
  func writtenIsRead(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    try map.update(Self.key, to: Self.value)
    #expect(try map.lookup(Self.key) == Self.value)
    #expect(try map.raw.lookup(Self.key, stride: 8).get() == Self.value)
  }

  @Test("Reads a value that raw bpf(2) wrote")
  func rawIsRead() throws {
    let map = try MapHandle.fixture(.hash, keySize: 3, valueSize: 5)
    #expect(try map.raw.update([7, 8, 9], to: [1, 2, 3, 4, 5]) == nil)
    #expect(try map.lookup([7, 8, 9]) == [1, 2, 3, 4, 5])
  }

  @Test("A missing key returns nil, and leaves the buffer unchanged")
  func missing() throws {
    let map = try MapHandle.fixture(.hash)
    #expect(try map.lookup(Self.key) == nil)
    #expect(try map.lookup(Self.key.span.bytes) == nil)
    var buffer = [UInt8](repeating: 0xaa, count: 8)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    #expect(try map.lookup(Self.key.span.bytes, into: &bytes) == false)
    #expect(buffer == [UInt8](repeating: 0xaa, count: 8))
  }

  @Test("Operations on spans match those on arrays", .kernel(since: "5.14"))
  func spans() throws {
    let map = try MapHandle.fixture(.hash)
    try map.update(Self.key.span.bytes, to: Self.value.span.bytes)
    #expect(try map.lookup(Self.key.span.bytes) == Self.value)
    #expect(try map.contains(Self.key.span.bytes))

    var buffer = [UInt8](repeating: 0, count: 8)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    #expect(try map.lookup(Self.key.span.bytes, into: &bytes))
    #expect(buffer == Self.value)

    #expect(try map.nextKey(after: RawSpan?.none) == Self.key)
    #expect(try map.nextKey(after: Self.key.span.bytes) == nil)
    try map.update(Self.other, to: Self.value)
    let first = try #require(try map.nextKey(after: RawSpan?.none))
    #expect(try map.nextKey(after: first.span.bytes) == (first == Self.key ? Self.other : Self.key))
    #expect(try map.delete(Self.other))
    #expect(try map.lookupAndDelete(Self.key.span.bytes) == Self.value)
    #expect(try map.delete(Self.key.span.bytes) == false)
  }

  @Test("Checks for a key without reading its value")
  func contains() throws {
    let map = try MapHandle.fixture(.hash)
    try map.update(Self.key, to: Self.value)
    #expect(try map.contains(Self.key))
    #expect(try map.contains(Self.other) == false)
  }

  // MARK: - Update

  @Test("noExist only inserts, and exist only replaces", arguments: [MapType.hash, .lruHash])
  func updateFlags(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let missing = #expect(throws: BPFError.self) { try map.update(Self.key, to: Self.value, flags: .exist) }
    #expect(missing?.code == .notFound)
    #expect(missing?.errno == .noSuchFileOrDirectory)

    try map.update(Self.key, to: Self.value, flags: .noExist)
    let existing = #expect(throws: BPFError.self) {
      try map.update(Self.key, to: Self.value, flags: .noExist)
    }
    #expect(existing?.code == .alreadyExists)
    #expect(existing?.errno == .fileExists)

    try map.update(Self.key, to: Self.value.reversed(), flags: .exist)
    #expect(try map.lookup(Self.key) == Self.value.reversed())
  }

  @Test("The kernel refuses an unknown flag", arguments: [8, 16, 1 << 40] as [UInt64])
  func unknownFlag(flag: UInt64) throws {
    let map = try MapHandle.fixture(.array)
    let flags = MapFlags(rawValue: flag)
    let update = #expect(throws: BPFError.self) { try map.update(Self.key, to: Self.value, flags: flags) }
    #expect(update?.errno == .invalidArgument)
    let lookup = #expect(throws: BPFError.self) { try map.lookup(Self.key, flags: flags) }
    #expect(lookup?.errno == .invalidArgument)
  }

  @Test("A full hash accepts no new key, but replaces existing values")
  func full() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 2)
    try map.fill([1, 2])
    let error = #expect(throws: BPFError.self) { try map.update(UInt32(3).bytes, to: Self.value) }
    #expect(error?.code == .mapFull)
    #expect(error?.errno == .argListTooLong)
    try map.update(Self.key, to: Self.value)
    #expect(try map.lookup(Self.key) == Self.value)
  }

  @Test("A full LPM trie reports that it is full, in spite of its different errno")
  func fullTrie() throws {
    let map = try MapHandle.fixture(.lpmTrie, maxEntries: 1)
    try map.update(UInt32(32).bytes + [10, 0, 0, 1], to: Self.value)
    let error = #expect(throws: BPFError.self) {
      try map.update(UInt32(32).bytes + [10, 0, 0, 2], to: Self.value)
    }
    #expect(error?.code == .mapFull)
    #expect(error?.errno == .noSpace)
  }

  @Test("An index beyond the end of an array is out of bounds for updates, and absent for look-ups")
  func outOfBounds() throws {
    let map = try MapHandle.fixture(.array, maxEntries: 4)
    let error = #expect(throws: BPFError.self) { try map.update(UInt32(4).bytes, to: Self.value) }
    #expect(error?.code == .outOfBounds)
    #expect(error?.errno == .argListTooLong)
    #expect(try map.lookup(UInt32(4).bytes) == nil)
    try map.update(UInt32(3).bytes, to: Self.value)
  }

  // MARK: - Delete

  @Test("An index beyond the end has no stack trace to delete")
  func deleteOutOfBounds() throws {
    let map = try MapHandle.fixture(.stackTrace, maxEntries: 4)
    #expect(try map.delete(UInt32(4).bytes) == false)
  }

  @Test("Deleting returns whether there was an element", arguments: [MapType.hash, .lruHash])
  func delete(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    try map.update(Self.key, to: Self.value)
    #expect(try map.delete(Self.key))
    #expect(try map.delete(Self.key) == false)
    #expect(try map.lookup(Self.key) == nil)
  }

  @Test("Elements of an array cannot be deleted")
  func deleteFromArray() throws {
    let map = try MapHandle.fixture(.array)
    let error = #expect(throws: BPFError.self) { try map.delete(Self.key) }
    #expect(error?.errno == .invalidArgument)
    #expect(error?.operation == .delete)
  }

  @Test(
    "Looking up and deleting an element returns its value once", .kernel(since: "5.14"),
    arguments: [MapType.hash, .lruHash])
  func lookupAndDelete(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    try map.update(Self.key, to: Self.value)
    #expect(try map.lookupAndDelete(Self.key) == Self.value)
    #expect(try map.lookupAndDelete(Self.key) == nil)
  }

  @Test("Looks up and deletes an element into a buffer", .kernel(since: "5.14"))
  func lookupAndDeleteIntoBuffer() throws {
    let map = try MapHandle.fixture(.hash)
    try map.update(Self.key, to: Self.value)
    var buffer = [UInt8](repeating: 0, count: 8)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    #expect(try map.lookupAndDelete(Self.key, into: &bytes))
    #expect(try map.lookupAndDelete(Self.key, into: &bytes) == false)
    #expect(buffer == Self.value)
    #expect(try map.contains(Self.key) == false)
  }

  // MARK: - Next key

  @Test("nextKey visits each key once, and then returns nil")
  func nextKey() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 64)
    try map.fill(0..<50)
    var seen: [UInt32] = []
    var key = try map.nextKey(after: nil)
    while let current = key, seen.count <= 50 {
      seen.append(UInt32(bytes: current))
      key = try map.nextKey(after: current)
    }
    #expect(seen.sorted() == Array(0..<50))
  }

  @Test("nextKey of an empty map is nil")
  func nextKeyOfEmpty() throws {
    #expect(try MapHandle.fixture(.hash).nextKey(after: nil) == nil)
  }

  // MARK: - Sizes

  @Test("Reads and writes keys and values of unusual sizes", arguments: [(1, 1), (7, 3), (512, 100_000)])
  func sizes(keySize: Int, valueSize: Int) throws {
    let map = try MapHandle.fixture(.hash, keySize: keySize, valueSize: valueSize, maxEntries: 2)
    let key = [UInt8](repeating: 5, count: keySize)
    let value = (0..<valueSize).map { UInt8(truncatingIfNeeded: $0) }
    try map.update(key, to: value)
    #expect(try map.lookup(key) == value)
    #expect(try map.keys().map(Array.init) == [key])
    #expect(try map.entries().map { Array($0.value) } == [value])
  }
}
