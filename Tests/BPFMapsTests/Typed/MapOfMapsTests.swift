//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Map-in-maps", .kernel)
struct MapOfMapsTests {
  private func inner(_ number: UInt64 = 0) throws -> MapHandle {
    let map = try MapHandle.fixture(.array, maxEntries: 1)
    try map.update([0, 0, 0, 0], to: number.bytes)
    return map
  }

  private func number(in map: MapHandle?) throws -> UInt64? {
    try map?.lookup([0, 0, 0, 0]).map { UInt64(bytes: $0) }
  }

  @Test("An array of maps returns handles of the maps that were put in")
  func array() throws {
    let (first, second) = (try inner(1), try inner(2))
    let maps = try ArrayOfMaps(name: UniqueName.next(), maxEntries: 4, innerMap: first)
    #expect(try maps.lookup(0) == nil)
    #expect(try maps.lookupID(0) == nil)
    try maps.update(0, to: first)
    try maps.update(UInt32(3), to: second)
    #expect(try maps.lookup(0)?.id == first.id)
    #expect(try number(in: maps.lookup(3)) == 2)
    #expect(try maps.lookupID(3) == second.id)
    #expect(try maps.lookup(0, access: .readOnly)?.access == .readOnly)
    #expect(try Array(maps.keys()) == [0, 3])
    #expect(try maps.count() == 2)
    #expect(try maps.entries().map(\.value) == [first.id, second.id])
    #expect(try maps.delete(0))
    #expect(try !maps.delete(0))
    #expect(try maps.lookup(0) == nil)
    #expect(try maps.deleteAll() == 1)
    #expect(try maps.entries().isEmpty)
  }

  @Test("A hash of maps has keys of a Swift type")
  func hash() throws {
    struct Tenant: Equatable {
      var kind: UInt8
      var number: UInt32
    }
    let (first, second) = (try inner(1), try inner(2))
    let maps = try HashOfMaps<Tenant>(name: UniqueName.next(), maxEntries: 2, innerMap: first)
    let (a, b) = (Tenant(kind: 1, number: 7), Tenant(kind: 2, number: 7))
    try maps.update(a, to: first)
    try maps.update(b, to: second, flags: .noExist)
    #expect(try number(in: maps.lookup(b)) == 2)
    #expect(throws: BPFError.self) { try maps.update(a, to: second, flags: .noExist) }
    let full = #expect(throws: BPFError.self) { try maps.update(Tenant(kind: 3, number: 0), to: first) }
    #expect(full?.code == .mapFull)
    let entries = try maps.entries()
    #expect(entries.count == 2)
    for (tenant, id) in entries { #expect(id == (tenant == a ? first.id : second.id)) }
    #expect(try maps.delete(a))
    #expect(try maps.lookup(a) == nil)
    #expect(try maps.deleteAll() == 1)
  }

  @Test("The outer map keeps an inner map alive")
  func kept() throws {
    let maps = try ArrayOfMaps(maxEntries: 1, innerMap: try inner())
    try maps.update(0, to: try inner(42))
    #expect(try number(in: maps.lookup(0)) == 42)
  }

  @Test("A reader gets a map while a writer replaces it")
  func replaced() throws {
    let maps = try ArrayOfMaps(maxEntries: 1, innerMap: try inner())
    try maps.update(0, to: try inner(0))
    let (stop, replacements) = (Flag(), UInt64(150))
    let writing = Worker.start {
      defer { stop.set() }
      // Each map is freed as soon as the next one replaces it.
      for number in 1...replacements { try maps.update(0, to: try self.inner(number)) }
    }
    var last: UInt64 = 0
    while !stop.isSet {
      let current = try #require(try number(in: maps.lookup(0)))
      #expect(current >= last)
      last = current
    }
    try writing.join()
    #expect(try number(in: maps.lookup(0)) == replacements)
  }

  @Test("Refuses maps that differ from the template, and indices out of bounds")
  func refusals() throws {
    let maps = try ArrayOfMaps(maxEntries: 2, innerMap: try inner())
    let other = try MapHandle.fixture(.hash)
    let unlike = #expect(throws: BPFError.self) { try maps.update(0, to: other) }
    #expect(unlike?.code == .invalidArgument)
    #expect(unlike?.description.contains("inner map") == true)
    let map = try inner(1)
    try maps.update(0, to: map)
    for index in [2, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      #expect(throws: BPFError.self) { try maps.update(index, to: map) }
      #expect(try maps.lookup(index) == nil)
      #expect(try maps.lookupID(index) == nil)
      #expect(try !maps.delete(index))
    }
    #expect(try maps.count() == 1)
  }

  @Test("Without CAP_SYS_ADMIN, returns the ID but no handle")
  func privilege() async throws {
    let map = try inner(1)
    let maps = try ArrayOfMaps(maxEntries: 1, innerMap: map)
    try maps.update(0, to: map)
    try await Worker.run {
      try TestCapability.limitThread(to: [.bpf])
      #expect(try maps.lookupID(0) == map.id)
      let error = #expect(throws: BPFError.self) { try maps.lookup(0) }
      #expect(error?.code == .permissionDenied)
      #expect(error?.description.contains("CAP_SYS_ADMIN") == true)
    }
  }

  @Test("bpftool sees the same IDs", .bpftool)
  func bpftool() throws {
    let map = try inner(1)
    let maps = try HashOfMaps<UInt32>(maxEntries: 4, innerMap: map)
    try maps.update(9, to: map)
    let entry = try Bpftool.run("map", "lookup", "id", "\(maps.id)", "key", "9", "0", "0", "0")
    #expect(UInt32(bytes: entry["value"].bytes) == map.id.rawValue)
  }
}
