//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests sweeps of map types other than hashes. Each type is read in its own way, or the error says why it cannot be.
@Suite("Sweeps of every type", .kernel)
struct SweepTypeTests {
  // MARK: - Arrays

  @Test(
    "A sweep of an array returns all indices in order", arguments: [MapType.array, .perCPUArray],
    [1, 7, 1000])
  func array(type: MapType, batchSize: Int) throws {
    let map = try MapHandle.fixture(type, maxEntries: 100)
    var seen: [UInt32] = []
    try map.forEachBatch(batchSize: batchSize) { seen += $0.map { UInt32(bytes: $0.key) } }
    #expect(seen == Array(0..<100))
    #expect(try map.count() == 100)
    #expect(try map.keys().count == 100)
  }

  @Test("Reads array values whose size is not a multiple of eight", arguments: [1, 3, 12])
  func unevenArray(size: Int) throws {
    let map = try MapHandle.fixture(.array, valueSize: size, maxEntries: 10)
    for key in UInt32(0)..<10 {
      try map.update(key.bytes, to: [UInt8](repeating: UInt8(key + 1), count: size))
    }
    let values = try map.entries().map(\.value)
    #expect(values == (1...10).map { [UInt8](repeating: $0, count: size) })
  }

  @Test("A sweep of an array of objects skips empty slots")
  func programArray() throws {
    let map = try MapHandle.fixture(.programArray, valueSize: 4, maxEntries: 64)
    let program = try FixtureDescriptor.program()
    for index in [3, 4, 40, 63] as [UInt32] { try map.update(index.bytes, to: program.bytes) }
    #expect(try map.keys().map { UInt32(bytes: $0) } == [3, 4, 40, 63])
    #expect(try map.count() == 4)
    let values = Set(try map.entries().map { UInt32(bytes: $0.value) })
    #expect(values.count == 1)
    #expect(values.first != 0)
  }

  @Test("A sweep of an array of maps returns the IDs of its maps", arguments: [1, 2, 100])
  func arrayOfMaps(batchSize: Int) throws {
    let inner = try MapHandle.fixture(.hash)
    let map = try MapHandle(
      type: .arrayOfMaps, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 10,
      options: MapOptions(innerMap: inner))
    for index in [1, 8] as [UInt32] {
      try inner.withFileDescriptor { try map.update(index.bytes, to: $0.rawValue.bytes) }
    }
    var seen: [UInt32] = []
    try map.forEachBatch(batchSize: batchSize) { batch in
      seen += batch.map { UInt32(bytes: $0.key) }
      #expect(batch.allSatisfy { $0.value == inner.id.rawValue.bytes })
    }
    #expect(seen == [1, 8])
    #expect(try map.keys().map { UInt32(bytes: $0) } == [1, 8])
  }

  @Test("A sweep of a device map skips empty slots")
  func devMap() throws {
    let map = try MapHandle.fixture(.devMap, valueSize: 4, maxEntries: 20)
    for index in [0, 19] as [UInt32] { try map.update(index.bytes, to: UInt32(1).bytes) }
    #expect(try map.entries().map { UInt32(bytes: $0.key) } == [0, 19])
  }

  @Test(
    "Refuses to count types whose occupied slots the kernel does not report",
    arguments: [MapType.perfEventArray, .cgroupArray, .xskMap, .sockMap, .reuseportSockArray])
  func uncountable(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 4)
    let error = #expect(throws: BPFError.self) { try map.count() }
    #expect(error?.code == .unsupported && error?.operation == .count)
    #expect(error?.explanation.contains("does not show which indices") == true)
  }

  @Test("A write-only array has all indices as keys, and refuses to return entries")
  func unreadable() throws {
    let map = try MapHandle.fixture(.cgroupArray, valueSize: 4, maxEntries: 5)
    #expect(try map.keys().map { UInt32(bytes: $0) } == Array(0..<5))
    let error = #expect(throws: BPFError.self) { try map.entries() }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("but not read") == true)
  }

  @Test("A sweep of a socket map with 8-byte values returns cookies, and skips empty slots")
  func sockMap() throws {
    let map = try MapHandle.fixture(.sockMap, valueSize: 8)
    let sockets = try (0..<2).map { _ in try FixtureDescriptor.listeningSocket() }
    try map.update(UInt32(2).bytes, to: sockets[0].wideBytes)
    try map.update(UInt32(9).bytes, to: sockets[1].wideBytes)
    #expect(try map.keys().map { UInt32(bytes: $0) } == [2, 9])
    #expect(try map.entries().allSatisfy { UInt64(bytes: $0.value) != 0 })
    withExtendedLifetime(sockets) {}
  }

  @Test(
    "Refuses to read sockets through 4-byte values, and says how to read them",
    arguments: [MapType.sockMap, .reuseportSockArray])
  func narrowSockets(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 4, maxEntries: 5)
    let isReuseport = type == .reuseportSockArray
    let socket: FixtureDescriptor = isReuseport ? try .reuseportSocket() : try .listeningSocket()
    try map.update(UInt32(2).bytes, to: socket.bytes)
    #expect(try map.keys().map { UInt32(bytes: $0) } == Array(0..<5))
    let reads: [() throws -> Void] = [{ _ = try map.entries() }, { _ = try map.lookup(UInt32(2).bytes) }]
    for read in reads {
      let error = #expect(throws: BPFError.self) { try read() }
      #expect(error?.code == .unsupported)
      #expect(error?.description.contains("8-byte values shows their cookies") == true)
    }
    #expect(try map.deleteAll() == 1)
    withExtendedLifetime(socket) {}
  }

  // MARK: - Tries

  /// Nested prefixes in the kernel's order: longer prefixes precede those that contain them.
  static let prefixes: [(length: UInt32, address: [UInt8])] = [
    (32, [10, 0, 0, 1]), (24, [10, 0, 0, 0]), (8, [10, 0, 0, 0]), (16, [192, 168, 0, 0]), (0, [0, 0, 0, 0]),
  ]

  @Test("A sweep of a trie returns each prefix once", arguments: [1, 2, 3, 100])
  func trie(batchSize: Int) throws {
    let map = try MapHandle.fixture(.lpmTrie)
    let keys = Self.prefixes.map { $0.length.bytes + $0.address }
    for (index, key) in keys.enumerated() { try map.update(key, to: UInt64(index).bytes) }
    var seen: [[UInt8]] = []
    try map.forEachBatch(batchSize: batchSize) { seen += $0.map(\.key) }
    #expect(seen == keys)
    #expect(try map.count() == keys.count)
  }

  @Test("Sweeps a trie of many prefixes of all lengths", arguments: [1, 64, 10_000])
  func largeTrie(batchSize: Int) throws {
    let map = try MapHandle.fixture(.lpmTrie, maxEntries: 10_000)
    var keys: Set<[UInt8]> = []
    var random = SystemRandomNumberGenerator()
    while keys.count < 3000 {
      let length = UInt32.random(in: 0...32, using: &random)
      let address = length == 0 ? 0 : UInt32.random(in: 0...UInt32.max, using: &random) & ~0 << (32 - length)
      keys.insert(length.bytes + address.bigEndian.bytes)
    }
    for key in keys { try map.update(key, to: UInt64(1).bytes) }
    var seen: [[UInt8]] = []
    try map.forEachBatch(batchSize: batchSize) { seen += $0.map(\.key) }
    #expect(seen.count == 3000)
    #expect(Set(seen) == keys)
  }

  @Test("Sweeps a trie of long keys with nonzero bits after the prefix", arguments: [1, 10, 1000])
  func longKeys(batchSize: Int) throws {
    let map = try MapHandle.fixture(.lpmTrie, keySize: 20, maxEntries: 2000)
    for _ in 0..<1000 {
      let key = UInt32.random(in: 0...128).bytes + (0..<16).map { _ in UInt8.random(in: 0...3) }
      try map.update(key, to: UInt64(1).bytes)
    }
    // The kernel's own order of the keys, which do not change meanwhile.
    var expected: [[UInt8]] = []
    var key = try map.nextKey(after: nil)
    while let current = key, expected.count < 2000 {
      expected.append(current)
      key = try map.nextKey(after: current)
    }
    var seen: [[UInt8]] = []
    try map.forEachBatch(batchSize: batchSize) { seen += $0.map(\.key) }
    #expect(seen == expected)
    #expect(seen.count > 300)
  }

  // MARK: - Types without batches

  @Test("A sweep of a sockhash returns cookies for 8-byte values, otherwise only keys")
  func sockHash() throws {
    let sockets = try (0..<5).map { _ in try FixtureDescriptor.listeningSocket() }
    for size in [4, 8] {
      let map = try MapHandle.fixture(.sockHash, valueSize: size)
      for (index, socket) in sockets.enumerated() {
        try map.update(UInt32(index).bytes, to: size == 4 ? socket.bytes : socket.wideBytes)
      }
      #expect(SweepTests.numbers(try map.keys()) == Array(0..<5))
      #expect(try map.count() == 5)
      if size == 8 {
        #expect(Set(try map.entries().map(\.value)).count == 5)
      } else {
        let error = #expect(throws: BPFError.self) { try map.entries() }
        #expect(error?.description.contains("cookie") == true)
      }
    }
  }

  @Test("Sweeps the stacks that a program recorded")
  func stackTrace() throws {
    let map = try MapHandle.fixture(.stackTrace, valueSize: 80, maxEntries: 64)
    let program = try map.withFileDescriptor { try FixtureDescriptor.stackRecordingProgram(map: $0) }
    let id = try program.run()
    let entries = try map.entries()
    #expect(entries.map { UInt32(bytes: $0.key) } == [id])
    #expect(entries.first?.value == (try map.lookup(id.bytes)))
    #expect(entries.first?.value.contains { $0 != 0 } == true)
    if KernelRelease.isOlder(than: "6.18") {
      #expect(try map.delete(id.bytes))
    } else {
      #expect(try map.lookupAndDelete(id.bytes) == entries.first?.value)
    }
    #expect(try map.count() == 0)
  }

  @Test(
    "Sweeps cgroup storage of attached programs", arguments: [MapType.cgroupStorage, .perCPUCgroupStorage])
  func cgroupStorage(type: MapType) throws {
    let fixture = try MapTypeFixture(type)
    #expect(try fixture.map.keys().map(Array.init) == [fixture.key])
    #expect(try fixture.map.entries().count == 1)
    withExtendedLifetime(fixture) {}
  }

  // MARK: - Every type

  @Test("Every type can be swept, or its error says why not", arguments: MapTypeRow.running)
  func everyType(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    do {
      let keys = try fixture.map.keys()
      #expect(keys.contains(fixture.key) || row.type == .stackTrace)
      // The kernel's answer, not the library's table, tells whether look-ups show the occupied slots.
      if [.enotsupp, .eopnotsupp].contains(row.lookup[0]) || row.type == .sockMap {
        let error = #expect(throws: BPFError.self) { try fixture.map.count() }
        #expect(error?.code == .unsupported)
      } else {
        #expect(try fixture.map.count() == keys.count)
      }
      let read = row.lookup[0] == .ok || row.lookup[0] == .absent
      if read { #expect(try fixture.map.entries().map(\.key) == keys.map { $0 }) }
    } catch {
      #expect(error.code == .unsupported)
      #expect(error.explanation.count > 20, "\(error)")
      #expect(row.nextKey != .ok, "\(error)")
    }
    withExtendedLifetime(fixture) {}
  }
}
