//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Identity of maps, programs and links, and dictionaries of elements", .kernel)
struct IdentityTests {
  @Test("Handles of one map are equal, whatever their access")
  func maps() throws {
    let (map, other) = (try MapHandle.fixture(.hash), try MapHandle.fixture(.hash))
    let reader = try MapHandle(id: map.id, access: .readOnly)
    #expect(map == reader && map != other)
    #expect(try Set([map, reader, map.duplicate(), other]).count == 2)
    let byID = Dictionary(grouping: [map, reader, other], by: \.id)
    #expect(byID[map.id]?.count == 2)
    // A collection of identifiable elements.
    func ids(_ maps: some Collection<some Identifiable<MapID>>) -> [MapID] { maps.map(\.id) }
    #expect(try ids([map]) == ids([map.info()]))
  }

  @Test("Objects of one program are equal")
  func programs() throws {
    let (one, two) = (try FixtureDescriptor.program(), try FixtureDescriptor.program())
    let program = try Program(duplicating: one.fileDescriptor)
    let other = try Program(duplicating: two.fileDescriptor)
    #expect(try program == program.duplicate() && program != other && program.tag == other.tag)
    #expect(try Set([program, program.duplicate(), other]).count == 2)
  }

  @Test("Objects of one link are equal, and attachments without a link only themselves")
  func links() throws {
    let program = try FixtureDescriptor.program(.cgroupSKB, returning: 1)
    let (group, second) = (try TemporaryCgroup(), try TemporaryCgroup())
    let fixtures = [try group.link(program), try second.link(program)]
    let links = try withExtendedLifetime(fixtures) {
      try fixtures.map { try Link(duplicating: $0.fileDescriptor) }
    }
    let (link, other) = (links[0], links[1])
    #expect(try link == link.duplicate() && link != other)
    #expect(try Set([link, link.duplicate(), other]).count == 2)
    let opened = try Program(duplicating: program.fileDescriptor)
    let groups = try (0..<2).map { _ in try TemporaryCgroup() }
    let direct = try groups.map {
      try opened.attach(toCgroup: FilePath($0.path), for: .cgroupInetEgress, sharing: .multiple)
    }
    #expect(direct[0].id == nil && direct[0] == direct[0] && direct[0] != direct[1] && direct[0] != link)
    #expect(Set(direct + direct).count == 2)
    for attachment in direct { try attachment.detach() }
  }

  @Test("Entries of maps make dictionaries")
  func dictionaries() throws {
    let counts = try HashMap<UInt32, UInt64>(maxEntries: 8)
    try counts.update(contentsOf: [(1, 10), (2, 20)])
    #expect(try Dictionary(uniqueKeysWithValues: counts.entries()) == [1: 10, 2: 20])
    let named: [UInt32: UInt64] = try .init(uniqueKeysWithValues: counts.entries())
    #expect(named.count == 2)
    let bytes = try Dictionary(uniqueKeysWithValues: counts.handle.entries())
    #expect(bytes[UInt32(1).bytes] == UInt64(10).bytes && bytes.count == 2)
    let perCPU = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 8)
    let cpus = try PossibleCPUs.current().count
    try perCPU.update(1, to: [UInt64](repeating: 7, count: cpus))
    let values = try Dictionary(uniqueKeysWithValues: perCPU.entries())
    #expect(values[1].map(Array.init) == [UInt64](repeating: 7, count: cpus))
    // The standard library's own initializer is unaffected.
    #expect(Dictionary(uniqueKeysWithValues: [(1, 2)]) == [1: 2])
  }

  @Test("Untyped maps take maps and programs as values")
  func objects() throws {
    let inner = try MapHandle.fixture(.hash)
    let outer = try MapHandle(
      type: .arrayOfMaps, keySize: 4, valueSize: 4, maxEntries: 2, options: MapOptions(innerMap: inner))
    try outer.update(UInt32(1).bytes, to: inner)
    #expect(try outer.lookup(UInt32(1).bytes) == inner.id.rawValue.bytes)
    let wrong = #expect(throws: BPFError.self) { try inner.update(UInt32(1).bytes, to: outer) }
    #expect(wrong?.code == .wrongCall)
    let fixture = try FixtureDescriptor.program()
    let program = try withExtendedLifetime(fixture) { try Program(duplicating: fixture.fileDescriptor) }
    let programs = try MapHandle(type: .programArray, keySize: 4, valueSize: 4, maxEntries: 2)
    try programs.update(UInt32(0).bytes, to: program)
    #expect(try programs.lookup(UInt32(0).bytes) == program.id.rawValue.bytes)
    let other = #expect(throws: BPFError.self) { try outer.update(UInt32(1).bytes, to: program) }
    #expect(other?.code == .wrongCall && other?.mapID == outer.id)
  }
}
