//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests sweeps beside a thread that inserts and deletes. Every key that stays must appear exactly once.
@Suite("Sweeps of changing maps", .kernel, .serialized, .notEmulated(.takesLong))
struct SweepConcurrencyTests {
  /// A map under test. Keys with an even number stay, and those with an odd one are inserted and deleted.
  struct ChangingMap: Sendable, CustomTestStringConvertible {
    var type: MapType
    var keyCount: UInt32 = 4000
    var batchSize: Int?
    var flags: MapCreateFlags = []
    var testDescription: String { "\(type) \(flags)" + (batchSize.map { ", batches of \($0)" } ?? "") }

    func key(_ number: UInt32) -> [UInt8] {
      guard type == .lpmTrie else { return number.bytes }
      // Nested prefixes: every sixteenth is a network that contains its neighbors.
      let address = (number << 8).bigEndian.bytes
      return (number % 16 == 0 ? UInt32(20) : 32).bytes
        + (number % 16 == 0 ? (number << 8 & ~0xfff).bigEndian.bytes : address)
    }

    var valueSize: Int { type == .devMapHash ? 4 : 8 }
    var value: [UInt8] { type == .devMapHash ? UInt32(1).bytes : UInt64(1).bytes }

    func make() throws -> MapHandle {
      // Leaves spare capacity, so that LRU maps evict nothing.
      try MapHandle.fixture(type, valueSize: valueSize, maxEntries: Int(keyCount) * 8, flags: flags)
    }

    /// Returns the bytes that raw bpf(2) writes for an element.
    func rawValue(_ map: MapHandle) -> [UInt8] {
      type.isPerCPU ? Array(repeating: value, count: map.valueStride / 8).flatMap { $0 } : value
    }
  }

  static let maps = [
    ChangingMap(type: .hash), ChangingMap(type: .hash, batchSize: 3),
    ChangingMap(type: .hash, flags: .noPrealloc),
    ChangingMap(type: .lruHash, flags: .noCommonLRU), ChangingMap(type: .lruHash),
    ChangingMap(type: .perCPUHash),
    ChangingMap(type: .lruPerCPUHash, keyCount: 2000), ChangingMap(type: .lpmTrie, keyCount: 2000),
    ChangingMap(type: .lpmTrie, keyCount: 500, batchSize: 5), ChangingMap(type: .devMapHash, keyCount: 400),
  ]

  @Test("Every key that stays appears once, and no key twice", arguments: maps)
  func stayingKeys(changing: ChangingMap) throws {
    let map = try changing.make()
    let raw = try map.raw
    let value = changing.rawValue(map)
    let staying = Set(stride(from: 0, to: changing.keyCount, by: 2).map(changing.key))
    for key in staying { #expect(raw.update(key, to: value) == nil) }
    let coming = stride(from: 1, to: changing.keyCount, by: 2).map(changing.key)

    let stop = Flag()
    let changes = Worker.start {
      var random = SystemRandomNumberGenerator()
      var count = 0
      while !stop.isSet {
        let key = coming[Int.random(in: 0..<coming.count, using: &random)]
        if Bool.random(using: &random) { _ = raw.update(key, to: value) } else { _ = raw.delete(key) }
        count += 1
      }
      return count
    }

    let clock = ContinuousClock()
    let start = clock.now
    var sweeps = 0
    var missing = 0
    var repeated = 0
    while sweeps < 3 || clock.now - start < .milliseconds(700) {
      var seen: Set<[UInt8]> = []
      var count = 0
      try map.forEachBatch(batchSize: changing.batchSize) { batch in
        for (key, _) in batch {
          seen.insert(key)
          count += 1
        }
      }
      repeated += count - seen.count
      missing += staying.subtracting(seen).count
      sweeps += 1
    }
    stop.set()
    #expect(try changes.join() ?? 0 > 100)
    #expect(repeated == 0, "in \(sweeps) sweeps")
    // Beside a writer, the kernel's own next key of a trie sometimes skips the neighbor of a node that is being
    // replaced: raw bpf(2) misses a key in 38 of 20,000 passes. More would be the library's fault.
    let tolerated = changing.type == .lpmTrie ? sweeps * staying.count / 1000 : 0
    #expect(missing <= tolerated, "in \(sweeps) sweeps of \(staying.count) keys that stay")
  }

  @Test("keys, entries, and count are complete beside a writer")
  func otherForms() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 4000)
    try map.fill(0..<1000)
    let raw = try map.raw
    let stop = Flag()
    let changes = Worker.start {
      while !stop.isSet {
        for key in UInt32(1000)..<1100 { _ = raw.update(key.bytes, to: UInt64(key).bytes) }
        for key in UInt32(1000)..<1100 { _ = raw.delete(key.bytes) }
      }
    }
    for _ in 0..<50 {
      for keys in [try map.keys().map { UInt32(bytes: $0) }, try map.entries().map { UInt32(bytes: $0.key) }]
      {
        #expect(keys.count { $0 < 1000 } == 1000)
        #expect(Set(keys).count == keys.count)
      }
      #expect((1000...1100).contains(try map.count()))
    }
    stop.set()
    try changes.join()
  }

  @Test("Draining beside a writer loses and repeats no element", arguments: [MapType.hash, .perCPUHash])
  func drain(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 2000)
    let raw = try map.raw
    let values = map.valueStride / 8
    let total: UInt32 = 60_000
    let writing = Worker.start {
      for number in 0..<total {
        let value = Array(repeating: UInt64(number).bytes, count: values).flatMap { $0 }
        // The map is full until the reader has drained some elements.
        while raw.update(number.bytes, to: value, flags: 1) != nil {}
      }
    }
    var drained: [UInt32] = []
    var sum: UInt64 = 0
    while drained.count < total {
      for (key, value) in try map.drain() {
        drained.append(UInt32(bytes: key))
        sum += UInt64(bytes: value.prefix(8))
      }
    }
    try writing.join()
    #expect(drained.sorted() == Array(0..<total))
    #expect(sum == UInt64(total) * UInt64(total - 1) / 2)
    #expect(try map.count() == 0)
  }

  @Test("Draining a queue beside a writer ends, and loses no element")
  func drainQueue() throws {
    let map = try MapHandle.fixture(.queue, maxEntries: 100)
    let raw = try map.raw
    let total: UInt64 = 20_000
    let writing = Worker.start {
      for number in 0..<total { while raw.update([], to: number.bytes) != nil {} }
    }
    var drained: [UInt64] = []
    while drained.count < total { drained += try map.drain().map { UInt64(bytes: $0.value) } }
    try writing.join()
    #expect(drained == Array(0..<total))
  }

  @Test("Reads an evicting LRU map without errors or repeated keys")
  func evicting() throws {
    let map = try MapHandle.fixture(.lruHash, maxEntries: 1000)
    let raw = try map.raw
    let stop = Flag()
    let changes = Worker.start {
      var key: UInt32 = 0
      while !stop.isSet {
        _ = raw.update(key.bytes, to: UInt64(key).bytes)
        key &+= 1
      }
    }
    for _ in 0..<100 {
      let keys = try map.keys().map { UInt32(bytes: $0) }
      #expect(Set(keys).count == keys.count)
    }
    stop.set()
    try changes.join()
  }

  @Test("deleteAll beside a writer ends", arguments: [MapType.hash, .lpmTrie])
  func deleteAll(type: MapType) throws {
    let changing = ChangingMap(type: type)
    let map = try changing.make()
    let raw = try map.raw
    let stop = Flag()
    let changes = Worker.start {
      while !stop.isSet {
        for number in UInt32(0)..<4000 { _ = raw.update(changing.key(number), to: changing.value) }
        for number in UInt32(0)..<1000 { _ = raw.delete(changing.key(number * 3)) }
      }
    }
    for _ in 0..<20 { #expect(try map.deleteAll() >= 0) }
    stop.set()
    try changes.join()
    try map.deleteAll()
    #expect(try map.count() == 0)
  }
}
