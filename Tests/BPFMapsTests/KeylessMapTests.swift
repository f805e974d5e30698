//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests queues, stacks, and Bloom filters.
@Suite("Maps without keys", .kernel)
struct KeylessMapTests {
  static let (first, second, third) = (UInt64(1).bytes, UInt64(2).bytes, UInt64(3).bytes)

  @Test("A queue returns its oldest value, and a stack its newest", arguments: [MapType.queue, .stack])
  func order(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    try map.update([], to: Self.first)
    try map.update([], to: Self.second)
    let (one, two) = type == .queue ? (Self.first, Self.second) : (Self.second, Self.first)
    #expect(try map.lookup([]) == one)
    #expect(try map.lookup([]) == one)
    #expect(try map.lookupAndDelete([]) == one)
    #expect(try map.lookupAndDelete([]) == two)
    #expect(try map.lookup([]) == nil)
    #expect(try map.lookupAndDelete([]) == nil)
  }

  @Test(
    "A push onto a full map fails, unless it may drop the oldest value", arguments: [MapType.queue, .stack])
  func full(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 2)
    try map.update([], to: Self.first)
    try map.update([], to: Self.second)
    let error = #expect(throws: BPFError.self) { try map.update([], to: Self.third) }
    #expect(error?.code == .mapFull)
    #expect(error?.errno == .argListTooLong)
    try map.update([], to: Self.third, flags: .exist)
    let rest = [try map.lookupAndDelete([]), try map.lookupAndDelete([]), try map.lookupAndDelete([])]
    #expect(rest == (type == .queue ? [Self.second, Self.third, nil] : [Self.third, Self.second, nil]))
  }

  @Test("Pops a value that raw bpf(2) pushed")
  func rawPush() throws {
    let map = try MapHandle.fixture(.queue)
    #expect(try map.raw.update([], to: Self.first) == nil)
    #expect(try map.lookupAndDelete([]) == Self.first)
  }

  @Test("A Bloom filter contains its values", .mapType(.bloomFilter))
  func bloomFilter() throws {
    let map = try MapHandle(
      type: .bloomFilter, name: UniqueName.next(), keySize: 0, valueSize: 8, maxEntries: 1000,
      options: MapOptions(extra: 3))
    for number in UInt64(0)..<100 { try map.update([], to: number.bytes) }
    for number in UInt64(0)..<100 { #expect(try map.contains(number.bytes)) }
    let falselyFound = try (UInt64(1000)..<1100).count { try map.contains($0.bytes) }
    #expect(falselyFound < 50)
    #expect(try map.info().extra == 3)
  }
}
