//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests the information on a map and its descriptor, and freezing, which shows up in it.
@Suite("Map information", .kernel)
struct InfoTests {
  @Test("Info matches the map's creation")
  func info() throws {
    let map = try MapHandle.fixture(.lruHash, keySize: 6, valueSize: 10, maxEntries: 20, flags: .noCommonLRU)
    let info = try map.info()
    #expect(info.id == map.id)
    #expect(info.type == .lruHash)
    #expect(info.name == map.name)
    #expect((info.keySize, info.valueSize, info.maxEntries) == (6, 10, 20))
    #expect(info.flags == .noCommonLRU)
    #expect((info.btfID, info.interfaceIndex, info.extra) == (0, 0, 0))
    #expect(info.hash == nil)
  }

  @Test("Info of a struct_ops map names the kernel's type", .kernel(since: "6.9"))
  func structOps() throws {
    let type = try FixtureBTF.vmlinux("bpf_struct_ops_tcp_congestion_ops")
    let btf = try FixtureDescriptor.btf()
    let map = try MapHandle(
      type: .structOps, name: UniqueName.next(), keySize: 4, valueSize: type.size, maxEntries: 1,
      options: MapOptions(
        btf: .init(descriptor: btf.fileDescriptor, keyTypeID: 0, valueTypeID: 0), vmlinuxValueTypeID: type.id)
    )
    let info = try map.info()
    #expect(info.btfVmlinuxValueTypeID == type.id)
    #expect(info.btfVmlinuxID != 0)
  }

  @Test("The descriptor's information agrees with the map's")
  func descriptorInfo() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    let info = try map.descriptorInfo()
    #expect(info.id == map.id)
    #expect(info.type == .hash)
    #expect((info.keySize, info.valueSize, info.maxEntries) == (4, 8, 1000))
    #expect(info.flags == [])
    #expect(info.isFrozen == false)
    #expect(try #require(info.memlock) > 1000 * 12)
    #expect(info.ownerProgramType == nil)
    // O_CLOEXEC and O_RDWR
    #expect(try #require(info.openFlags) & 0o2_000_003 == 0o2_000_002)
  }

  @Test("memlock is the memory that the kernel charges")
  func memlock() throws {
    let array = try MapHandle.fixture(.array, valueSize: 1 << 20, maxEntries: 4)
    let memlock = try #require(try array.descriptorInfo().memlock)
    #expect(memlock >= 4 << 20)
  }

  @Test("A program array reports its owner program's type")
  func owner() throws {
    let map = try MapHandle.fixture(.programArray, valueSize: 4)
    #expect(try map.descriptorInfo().ownerProgramType == nil)
    let program = try FixtureDescriptor.program(.xdp, returning: 2)
    try map.update(UInt32(3).bytes, to: program.bytes)
    let info = try map.descriptorInfo()
    #expect(info.ownerProgramType == FixtureDescriptor.ProgramType.xdp.rawValue)
    #expect(info.ownerIsJITed != nil)
  }

  // MARK: - Hashes of the contents

  @Test("A frozen array has a hash of its contents", .kernel(since: "6.18"))
  func hash() throws {
    func hash(of value: UInt64) throws -> [UInt8]? {
      let map = try MapHandle.fixture(.array, maxEntries: 4)
      try map.update(UInt32(2).bytes, to: value.bytes)
      try map.freeze()
      return try map.info(includingHash: true).hash
    }
    let (one, same, other) = (try hash(of: 1), try hash(of: 1), try hash(of: 2))
    #expect(one?.count == 32)
    #expect(one?.contains { $0 != 0 } == true)
    #expect(one == same)
    #expect(one != other)
  }

  @Test("The error for a missing hash says why", .kernel(since: "6.18"))
  func noHash() throws {
    let hash = try MapHandle.fixture(.hash)
    try hash.freeze()
    let unsupported = #expect(throws: BPFError.self) { try hash.info(includingHash: true) }
    #expect(unsupported?.code == .unsupported)
    let array = try MapHandle.fixture(.array)
    let unfrozen = #expect(throws: BPFError.self) { try array.info(includingHash: true) }
    #expect(unfrozen?.errno == .notPermitted)
    #expect(
      unfrozen?.description.contains("frozen") == true, "\(unfrozen.map(String.init(describing:)) ?? "")")
  }

  // MARK: - Freezing

  @Test("A frozen map can be read but not written", arguments: [MapType.hash, .array, .lpmTrie])
  func freeze(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let key = type == .lpmTrie ? UInt32(32).bytes + [10, 0, 0, 1] : UInt32(1).bytes
    try map.update(key, to: UInt64(5).bytes)
    try map.freeze()
    #expect(try map.descriptorInfo().isFrozen == true)
    #expect(try map.lookup(key) == UInt64(5).bytes)
    let update = #expect(throws: BPFError.self) { try map.update(key, to: UInt64(6).bytes) }
    #expect(update?.code == .frozen)
    #expect(update?.errno == .notPermitted)
    #expect(update?.description.contains("frozen") == true)
    let delete = #expect(throws: BPFError.self) { try map.delete(key) }
    #expect(delete?.errno == .notPermitted)
    #expect(delete?.code == .frozen)
  }

  @Test("A second freeze says that the map is frozen")
  func freezeTwice() throws {
    let map = try MapHandle.fixture(.hash)
    try map.freeze()
    let error = #expect(throws: BPFError.self) { try map.freeze() }
    #expect(error?.code == .frozen)
    #expect(error?.operation == .freeze)
  }

  @Test("A read-only handle cannot freeze a map", .kernel(since: "6.5"))
  func freezeReadOnly() throws {
    let map = try MapHandle.fixture(.hash)
    let reader = try MapHandle(id: map.id, access: .readOnly)
    let error = #expect(throws: BPFError.self) { try reader.freeze() }
    #expect(error?.code == .readOnly)
    #expect(try map.descriptorInfo().isFrozen == false)
  }

  @Test("Programs may write a frozen map")
  func programsWriteFrozen() throws {
    let map = try MapHandle.fixture(.array, maxEntries: 1)
    let program = try map.withFileDescriptor { try FixtureDescriptor.countingProgram(map: $0) }
    try map.freeze()
    for _ in 0..<3 { try program.run() }
    #expect(try map.lookup([0, 0, 0, 0]) == UInt64(3).bytes)
  }
}
