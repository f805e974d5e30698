//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests LRU hashes, queues, stacks, and Bloom filters.
@Suite("LRU, queue, stack, and Bloom filter maps", .kernel)
struct QueueMapTests {
  @Test("An LRU hash evicts the least recently used elements")
  func eviction() throws {
    let map = try LRUHashMap<UInt32, UInt64>(maxEntries: 1024)
    for key in 0..<20_000 as Range<UInt32> { try map.update(key, to: UInt64(key)) }
    let keys = Set(try map.keys())
    #expect(keys.count <= 1024 && keys.count > 0)
    #expect(!keys.contains(0) && keys.contains(19_999))
    #expect(try map.entries().allSatisfy { $0.value == UInt64($0.key) })
  }

  @Test("An element in use outlives unused ones")
  func use() throws {
    let map = try LRUHashMap<UInt32, UInt64>(maxEntries: 1024)
    try map.update(7, to: 7)
    for key in 1000..<20_000 as Range<UInt32> {
      try map.update(key, to: 1)
      // An update counts as use; a look-up from user space does not.
      try map.update(7, to: 7)
    }
    #expect(try map[7] == 7)
  }

  @Test("A queue returns the oldest value first")
  func queue() throws {
    let queue = try QueueMap<UInt16>(maxEntries: 3)
    #expect(try queue.pop() == nil)
    #expect(try queue.peek() == nil)
    for value in 1...3 as ClosedRange<UInt16> { try queue.push(value) }
    let full = #expect(throws: BPFError.self) { try queue.push(4) }
    #expect(full?.code == .mapFull)
    try queue.push(4, droppingOldest: true)
    #expect(try queue.peek() == 2)
    #expect(try queue.pop() == 2)
    #expect(try Array(queue.drain()) == [3, 4])
    #expect(try queue.pop() == nil)
  }

  @Test("A stack returns the newest value first")
  func stack() throws {
    let stack = try StackMap<(UInt8, UInt32)>(maxEntries: 3)
    for value in 1...3 as ClosedRange<UInt32> { try stack.push((UInt8(value), value)) }
    #expect(try stack.peek()?.1 == 3)
    #expect(try stack.pop()?.0 == 3)
    #expect(try stack.drain().map(\.1) == [2, 1])
    try stack.push((1, 1))
    #expect(try stack.deleteAll() == 1)
    #expect(try stack.peek() == nil)
  }

  @Test("Padding in a queue is zero")
  func queuePadding() throws {
    let queue = try QueueMap<(UInt8, UInt32)>(maxEntries: 3)
    try withUnsafeTemporaryAllocation(of: (UInt8, UInt32).self, capacity: 1) { memory in
      UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: 0xee)
      (memory[0].0, memory[0].1) = (1, 2)
      try queue.push(memory[0])
    }
    #expect(try queue.handle.lookup([]) == [1, 0, 0, 0] + UInt32(2).bytes)
  }

  @Test("A Bloom filter finds all its values, and rejects nearly all others", .mapType(.bloomFilter))
  func filter() throws {
    let filter = try BloomFilter<UInt64>(maxEntries: 1000, hashes: 7)
    for value in 0..<1000 as Range<UInt64> { try filter.insert(value) }
    for value in 0..<1000 as Range<UInt64> { #expect(try filter.mayContain(value)) }
    let wrong = try (1000..<11_000 as Range<UInt64>).count { (value) throws in try filter.contains(value) }
    // Seven hashes in a filter of this size are wrong about once in a hundred times.
    #expect(wrong < 1000)
    #expect(try filter.handle.info().extra == 7)
    let none = #expect(throws: BPFError.self) { try BloomFilter<UInt64>(maxEntries: 1, hashes: 16) }
    #expect(none?.code == .invalidArgument)
  }

  @Test("An empty filter contains no value", .mapType(.bloomFilter))
  func emptyFilter() throws {
    let filter = try BloomFilter<(UInt8, UInt32)>(maxEntries: 16)
    #expect(try filter.mayContain((1, 2)) == false)
    try filter.insert((1, 2))
    #expect(try filter.mayContain((1, 2)))
  }
}

extension Sequence {
  /// Returns the number of elements that satisfy a condition that may throw.
  fileprivate func count(_ predicate: (Element) throws -> Bool) rethrows -> Int {
    try reduce(0) { try predicate($1) ? $0 + 1 : $0 }
  }
}
