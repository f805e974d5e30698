//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests the descriptions of errors from the live kernel.
@Suite("Descriptions of kernel errors", .kernel)
struct ErrorDescriptionTests {
  /// Returns the description of the error that `operation` throws.
  private func text(_ operation: () throws -> Void) throws -> String {
    try #require(#expect(throws: BPFError.self) { try operation() }).description
  }

  @Test("An update of a full map names max_entries")
  func full() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1)
    try map.fill([1])
    let text = try text { try map.update(UInt32(2).bytes, to: UInt64(2).bytes) }
    #expect(
      text == "update of map '\(map.name)' (id \(map.id)): argument list too long (E2BIG): the map is full "
        + "(max_entries 1)")
  }

  @Test("A batch that stops midway reports how many elements it processed")
  func batch() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 2)
    let text = try text {
      try map.updateBatch(keys: BatchTests.keys(0..<3), values: BatchTests.values(0..<3), count: 3)
    }
    #expect(text.hasPrefix("batch update of map '\(map.name)'"))
    #expect(text.contains("after 2 elements"))
    #expect(text.contains("the map is full"))
  }

  @Test("Errno 524, which no C library names, is ENOTSUPP")
  func unsupported() throws {
    let map = try MapHandle.fixture(.lpmTrie)
    let text = try text { _ = try map.lookupAndDelete(UInt32(32).bytes + [10, 0, 0, 1]) }
    #expect(text.contains("ENOTSUPP"))
    #expect(text.contains("lpm_trie"))
    #expect(!text.contains("524"))
  }

  @Test("A key of the wrong size is reported with both sizes")
  func wrongSize() throws {
    let map = try MapHandle.fixture(.hash)
    let text = try text { _ = try map.lookup([1]) }
    #expect(
      text == "look-up of map '\(map.name)' (id \(map.id)): the key has 1 byte, but the map's keys have 4")
  }

  @Test("A map without a name is described by its ID")
  func nameless() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 1)
    let text = try text { _ = try map.lookup([1]) }
    #expect(text.hasPrefix("look-up of map id \(map.id): "))
  }

  @Test("Refusals of a handle opened read-only or write-only say so")
  func limited() throws {
    let map = try MapHandle.fixture(.hash)
    let reader = try MapHandle(id: map.id, access: .readOnly)
    let writer = try MapHandle(id: map.id, access: .writeOnly)
    #expect(try text { try reader.update(UInt32(1).bytes, to: UInt64(1).bytes) }.contains("read-only"))
    #expect(try text { _ = try writer.lookup(UInt32(1).bytes) }.contains("write-only"))
    #expect(try text { _ = try writer.nextKey(after: nil) }.contains("write-only"))
    #expect(try text { _ = try writer.lookupAndDelete(UInt32(1).bytes) }.contains("write-only"))
  }

  @Test("Refusals of wrong values name what the map holds")
  func wrongValues() throws {
    let programs = try MapHandle.fixture(.programArray, valueSize: 4)
    let file = try FixtureDescriptor.temporaryFile()
    #expect(try text { try programs.update([0, 0, 0, 0], to: file.bytes) }.contains("program"))
    #expect(try text { try programs.update([0, 0, 0, 0], to: Int32(-1).bytes) }.contains("open descriptor"))
    let devices = try MapHandle.fixture(.devMap, valueSize: 4)
    #expect(
      try text { try devices.update([0, 0, 0, 0], to: UInt32(999_999).bytes) }.contains("network device"))
    let trie = try MapHandle.fixture(.lpmTrie)
    #expect(
      try text { try trie.update(UInt32(33).bytes + [0, 0, 0, 0], to: UInt64(1).bytes) }.contains("32 bits"))
  }

  @Test("A socket that is in the map already is busy")
  func busySocket() throws {
    let map = try MapHandle.fixture(.reuseportSockArray)
    let socket = try FixtureDescriptor.reuseportSocket()
    try map.update([0, 0, 0, 0], to: socket.wideBytes)
    let error = #expect(throws: BPFError.self) { try map.update([1, 0, 0, 0], to: socket.wideBytes) }
    #expect(error?.code == .busy)
    #expect(error?.errno == .resourceBusy)
  }
}
