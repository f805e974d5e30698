//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests `deleteAll`, `drain`, and `drainBatches`.
@Suite("Emptying maps", .kernel)
struct EmptyingTests {
  // MARK: - deleteAll

  @Test("Deletes all elements of a hash", arguments: [MapType.hash, .lruHash, .perCPUHash, .lruPerCPUHash])
  func deleteAll(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 1000)
    let value = Array(repeating: UInt64(1).bytes, count: try PossibleCPUs.current().count)
    for key in UInt32(0)..<500 {
      if type.isPerCPU {
        try map.updatePerCPU(key.bytes, to: value)
      } else {
        try map.update(key.bytes, to: value[0])
      }
    }
    #expect(try map.deleteAll() == 500)
    #expect(try map.nextKey(after: nil) == nil)
    #expect(try map.deleteAll() == 0)
  }

  @Test("Deletes all elements of a trie, key by key")
  func deleteAllOfTrie() throws {
    let map = try MapHandle.fixture(.lpmTrie, maxEntries: 1000)
    for byte in UInt8(0)..<200 { try map.update(UInt32(32).bytes + [10, 0, 0, byte], to: UInt64(1).bytes) }
    #expect(try map.deleteAll() == 200)
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test("Deletes all elements of an array of objects")
  func deleteAllOfProgramArray() throws {
    let map = try MapHandle.fixture(.programArray, valueSize: 4, maxEntries: 64)
    let program = try FixtureDescriptor.program()
    for index in [3, 40] as [UInt32] { try map.update(index.bytes, to: program.bytes) }
    #expect(try map.deleteAll() == 2)
    #expect(try map.count() == 0)
  }

  @Test("Deletes all elements of a device or socket map")
  func deleteAllOfDevices() throws {
    let devices = try MapHandle.fixture(.devMapHash, valueSize: 4)
    for key in UInt32(0)..<10 { try devices.update(key.bytes, to: UInt32(1).bytes) }
    #expect(try devices.deleteAll() == 10)
    #expect(try devices.count() == 0)

    let sockets = try MapHandle.fixture(.sockMap, valueSize: 4)
    let socket = try FixtureDescriptor.listeningSocket()
    try sockets.update(UInt32(2).bytes, to: socket.bytes)
    #expect(try sockets.deleteAll() == 1)
  }

  @Test("Deletes elements that user space cannot read")
  func deleteAllOfUnreadable() throws {
    let cgroups = try MapHandle.fixture(.cgroupArray, valueSize: 4)
    let cgroup = try TemporaryCgroup()
    try cgroups.update(UInt32(5).bytes, to: cgroup.descriptor.bytes)
    #expect(try cgroups.deleteAll() == 1)
    #expect(try cgroups.deleteAll() == 0)
    withExtendedLifetime(cgroup) {}
  }

  @Test("Deletes all elements of a queue or stack", arguments: [MapType.queue, .stack])
  func deleteAllOfQueue(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    for number in UInt64(0)..<10 { try map.update([], to: number.bytes) }
    #expect(try map.deleteAll() == 10)
    #expect(try map.lookup([]) == nil)
  }

  @Test("Refuses to delete the elements of an array, and says so", arguments: [MapType.array, .perCPUArray])
  func deleteAllOfArray(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let error = #expect(throws: BPFError.self) { try map.deleteAll() }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("array") == true)
  }

  @Test("Refuses to delete the elements of a frozen map, or with a read-only handle")
  func deleteAllRefused() throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill(0..<5)
    let reader = try MapHandle(id: map.id, access: .readOnly)
    let readOnly = #expect(throws: BPFError.self) { try reader.deleteAll() }
    #expect(readOnly?.code == .readOnly)
    try map.freeze()
    let frozen = #expect(throws: BPFError.self) { try map.deleteAll() }
    #expect(frozen?.code == .frozen)
    #expect(try map.count() == 5)
  }

  // MARK: - drain

  @Test("Draining returns and deletes all elements", arguments: [MapType.hash, .lruHash])
  func drain(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 5000)
    try map.fill(0..<5000)
    let drained = try map.drain()
    // A full LRU map may have evicted some.
    if type == .hash { #expect(SweepTests.numbers(drained.map(\.key)) == Array(0..<5000)) }
    #expect(drained.allSatisfy { UInt64(bytes: $0.value) == UInt64(UInt32(bytes: $0.key)) })
    #expect(try map.nextKey(after: nil) == nil)
    #expect(try map.drain().isEmpty)
  }

  @Test("Drains all per-CPU values of an element", arguments: [3, 12])
  func drainPerCPU(size: Int) throws {
    let map = try MapHandle.fixture(.perCPUHash, valueSize: size)
    let values = try PerCPUTests.values(size: size)
    try map.updatePerCPU(UInt32(1).bytes, to: values)
    let drained = try map.drain()
    #expect(drained.count == 1)
    #expect(drained.perCPUValues(at: 0) == values)
  }

  @Test("Drains a queue oldest first, and a stack newest first", arguments: [MapType.queue, .stack])
  func drainQueue(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    for number in UInt64(0)..<10 { try map.update([], to: number.bytes) }
    let drained = try map.drain()
    let numbers = drained.map { UInt64(bytes: $0.value) }
    #expect(numbers == (type == .queue ? Array(0..<10) : Array((0..<10).reversed())))
    #expect(drained.allSatisfy { $0.key.isEmpty })
    #expect(try map.lookup([]) == nil)
  }

  @Test("Drains each element once in batches of any size", arguments: [1, 2, 100])
  func drainBatches(batchSize: Int) throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var seen: [UInt32] = []
    try map.drainBatches(batchSize: batchSize) { seen += $0.map { UInt32(bytes: $0.key) } }
    #expect(seen.sorted() == Array(0..<1000))
    #expect(try map.count() == 0)
  }

  @Test("A drain whose closure throws leaves the other elements in the map")
  func drainInterrupted() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var drained: [UInt32] = []
    #expect(throws: BPFError.self) {
      try map.drainBatches(batchSize: 50) { batch throws(BPFError) in
        drained += batch.map { UInt32(bytes: $0.key) }
        if drained.count > 300 { throw BPFError(.drain, .unavailable, "enough") }
      }
    }
    let left = try map.keys().map { UInt32(bytes: $0) }
    #expect((drained + left).sorted() == Array(0..<1000))
  }

  @Test("Draining a map-in-map returns IDs", .kernel(since: "5.14"))
  func drainMaps() throws {
    let inner = try MapHandle.fixture(.hash)
    let map = try MapHandle(
      type: .hashOfMaps, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 10,
      options: MapOptions(innerMap: inner))
    try inner.withFileDescriptor { try map.update(UInt32(1).bytes, to: $0.rawValue.bytes) }
    #expect(try map.drain().map(\.value) == [inner.id.rawValue.bytes])
  }

  @Test(
    "Refuses to drain types without look-up and delete, and says so",
    arguments: [MapType.array, .lpmTrie, .programArray])
  func drainRefused(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 4)
    let error = #expect(throws: BPFError.self) { try map.drain() }
    #expect(error?.code == .unsupported)
    #expect(error?.errno == nil)
    #expect(error?.description.contains(type.kernelName) == true)
  }
}
