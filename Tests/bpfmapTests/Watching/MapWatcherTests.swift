//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Synchronization
import Testing

@testable import bpfmap

/// Watches maps that change between and during rounds.
@Suite("Map watcher", .kernel)
struct MapWatcherTests {
  private struct Reported: Equatable {
    let change: Change
    let key: [UInt8]
    let value: [UInt8]
    let old: [UInt8]
  }

  /// Runs a round, and returns its changes in the order of keys.
  private func round(_ watcher: inout MapWatcher) throws -> [Reported] {
    var reported: [Reported] = []
    #expect(
      try watcher.readRound { change, key, value, old in
        reported.append(
          Reported(
            change: change, key: Array(copying: key), value: Array(copying: value), old: Array(copying: old)))
      })
    return reported.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private func key(_ number: UInt32) -> [UInt8] { FieldType.bigEndian(number) }

  @Test(
    "Reports added, changed and removed elements", arguments: [MapType.hash, .lruHash, .lpmTrie])
  func changes(type: MapType) throws {
    let map = try MapHandle(
      type: type, keySize: 8, valueSize: 2, maxEntries: 100,
      options: MapOptions(flags: type == .lpmTrie ? .noPrealloc : []))
    // In a trie, the longer prefixes are covered by the shorter ones.
    let keys = [32, 24, 8].map { FieldType.hostOrder(UInt32($0)) + [10, 0, 0, 0] }
      .sorted { $0.lexicographicallyPrecedes($1) }
    for key in keys { try map.update(key, to: [1, 1]) }
    var watcher = try MapWatcher(map)
    #expect(
      try round(&watcher) == keys.map { Reported(change: .initial, key: $0, value: [1, 1], old: []) })
    #expect(try round(&watcher).isEmpty)
    try map.update(keys[0], to: [2, 2])
    _ = try map.delete(keys[2])
    #expect(
      try round(&watcher) == [
        Reported(change: .changed, key: keys[0], value: [2, 2], old: [1, 1]),
        Reported(change: .removed, key: keys[2], value: [], old: [1, 1]),
      ])
    try map.update(keys[2], to: [3, 3])
    #expect(try round(&watcher) == [Reported(change: .added, key: keys[2], value: [3, 3], old: [])])
    #expect(watcher.count == 3)
    try map.deleteAll()
    #expect(try round(&watcher).map(\.change) == [.removed, .removed, .removed])
    #expect(watcher.count == 0)
  }

  @Test("Reports changes of arrays and per-CPU maps", arguments: [MapType.array, .perCPUArray, .perCPUHash])
  func perCPU(type: MapType) throws {
    let map = try MapHandle(type: type, keySize: 4, valueSize: 4, maxEntries: 3)
    let cpus = type.isPerCPU ? try PossibleCPUs.current().ids.count : 1
    func update(_ number: UInt32, to value: UInt8) throws {
      let value = [UInt8](repeating: value, count: 4)
      if type.isPerCPU {
        try map.updatePerCPU(key(number).reversed(), to: Array(repeating: value, count: cpus))
      } else {
        try map.update(key(number).reversed(), to: value)
      }
    }
    for number in 0..<3 as Range<UInt32> { try update(number, to: 1) }
    var watcher = try MapWatcher(map)
    #expect(try round(&watcher).count == 3)
    try update(1, to: 7)
    let reported = try round(&watcher)
    #expect(reported.map(\.change) == [.changed] && reported.map(\.key) == [key(1).reversed()])
    #expect(reported[0].value.count == map.valueStride && reported[0].value.count { $0 == 7 } == 4 * cpus)
    #expect(reported[0].old.count { $0 == 1 } == 4 * cpus)
  }

  @Test("Reports changes of a single element")
  func oneElement() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 1, maxEntries: 10)
    try map.update(key(1), to: [1])
    var watcher = try MapWatcher(map, key: key(2))
    #expect(try round(&watcher).isEmpty)
    try map.update(key(2), to: [5])
    #expect(try round(&watcher) == [Reported(change: .added, key: key(2), value: [5], old: [])])
    try map.update(key(2), to: [6])
    try map.update(key(1), to: [6])
    #expect(try round(&watcher) == [Reported(change: .changed, key: key(2), value: [6], old: [5])])
    _ = try map.delete(key(2))
    #expect(try round(&watcher) == [Reported(change: .removed, key: key(2), value: [], old: [6])])
  }

  /// Deletes keys before the sweep reaches them, and inserts them again afterwards, so that the sweep misses them. The
  /// first expectation checks that it does.
  @Test("Does not report elements as removed that a sweep misses")
  func secondLook() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 1, maxEntries: 20_000)
    let keys = (0..<12_000 as Range<UInt32>).map(key)
    for key in keys { try map.update(key, to: [1]) }

    var missed = Set(keys)
    var sweep = map.sweep()
    try disturb(map, keys, after: 1)
    while let batch = try sweep.next() {
      for (key, _) in batch { missed.remove(key) }
      try disturb(map, keys, after: 2)
    }
    #expect(!missed.isEmpty)

    // The first round is not disturbed.
    let batches = Atomic(-1000)
    var watcher = try MapWatcher(map) {
      let number = batches.add(1, ordering: .relaxed).newValue
      return (try? self.disturb(map, keys, after: number)) == nil
    }
    #expect(try round(&watcher).count == keys.count)
    batches.store(0, ordering: .relaxed)
    #expect(try round(&watcher).isEmpty)
    #expect(watcher.count == keys.count)
  }

  /// Deletes every second key after the first batch, and inserts them again after the second.
  private func disturb(_ map: MapHandle, _ keys: [[UInt8]], after batch: Int) throws {
    for (index, key) in keys.enumerated() where index.isMultiple(of: 2) {
      if batch == 1 { _ = try map.delete(key) }
      if batch == 2 { try map.update(key, to: [1]) }
    }
  }

  @Test("Stops during a round")
  func stop() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 1, maxEntries: 10)
    try map.update(key(1), to: [1])
    let isOver = Atomic(false)
    var watcher = try MapWatcher(map) { isOver.load(ordering: .relaxed) }
    #expect(try round(&watcher).count == 1)
    isOver.store(true, ordering: .relaxed)
    _ = try map.delete(key(1))
    try map.update(key(2), to: [1])
    var reported: [Change] = []
    #expect(try !watcher.readRound { change, _, _, _ in reported.append(change) })
    #expect(reported == [.added], "an incomplete round reports no removals")
  }

  @Test(
    "The error for maps without readable elements contains the reason",
    arguments: [
      (MapType.ringBuf, "memory"), (.arena, "memory"), (.perfEventArray, "but not read"),
      (.xskMap, "but not read"),
    ])
  func errors(type: MapType, reason: String) throws {
    let isKeyed = type == .perfEventArray || type == .xskMap
    let map = try MapHandle(
      type: type, keySize: isKeyed ? 4 : 0, valueSize: isKeyed ? 4 : 0, maxEntries: pageSize,
      options: MapOptions(flags: type == .arena ? .mmapable : []))
    var watcher = try MapWatcher(map)
    let error = #expect(throws: BPFError.self) { try watcher.readRound { _, _, _, _ in } }
    #expect(error?.description.contains(reason) == true)
  }
}
