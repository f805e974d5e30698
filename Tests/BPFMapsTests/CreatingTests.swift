//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests the creation of maps: the attributes that reach the kernel, and the kernel's refusals.
@Suite("Creating maps", .kernel)
struct CreatingTests {
  @Test("The kernel creates the requested map")
  func kernelSeesIt() throws {
    let name = UniqueName.next()
    let map = try MapHandle(
      type: .hash, name: name, keySize: 12, valueSize: 34, maxEntries: 56,
      options: MapOptions(flags: [.noPrealloc, .zeroSeed]))
    let info = try map.raw.info()
    #expect(info.type == 1)
    #expect(info.key_size == 12)
    #expect(info.value_size == 34)
    #expect(info.max_entries == 56)
    #expect(info.map_flags == 1 | 1 << 6)
    #expect(info.id == map.id.rawValue)
    let bytes = withUnsafeBytes(of: info.name) { $0.prefix { $0 != 0 }.map { $0 } }
    #expect(String(decoding: bytes, as: UTF8.self) == name)
  }

  @Test("The handle has the map's attributes without another system call")
  func handleKnowsIt() throws {
    let map = try MapHandle.fixture(.perCPUArray, valueSize: 12, maxEntries: 3)
    #expect(map.type == .perCPUArray)
    #expect((map.keySize, map.valueSize, map.maxEntries) == (4, 12, 3))
    #expect(map.perCPUStride == 16)
    #expect(map.valueStride == 16 * (try PossibleCPUs.current().count))
    #expect(map.access == .readWrite)
    #expect(map.description.contains(map.name) && map.description.contains("\(map.id)"))
    #expect(map.debugDescription.contains("maxEntries: 3"))
  }

  @Test("A map without a name is described by its ID")
  func nameless() throws {
    let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    #expect(map.name.isEmpty)
    #expect(map.description.contains("\(map.id)"))
  }

  @Test(
    "Access flags limit the creating handle",
    arguments: [(MapCreateFlags.readOnly, MapAccess.readOnly), (.writeOnly, .writeOnly)])
  func limited(flags: MapCreateFlags, access: MapAccess) throws {
    let map = try MapHandle.fixture(.array, flags: flags)
    #expect(map.access == access)
    if access == .readOnly {
      #expect(throws: BPFError.self) { try map.update([0, 0, 0, 0], to: UInt64(1).bytes) }
      #expect(try map.lookup([0, 0, 0, 0]) == UInt64(0).bytes)
    } else {
      #expect(throws: BPFError.self) { try map.lookup([0, 0, 0, 0]) }
      try map.update([0, 0, 0, 0], to: UInt64(1).bytes)
    }
  }

  @Test("NUMA node, inner map, and map_extra reach the kernel", .kernel(since: "5.16"))
  func options() throws {
    let node = try MapHandle(
      type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 4,
      options: MapOptions(numaNode: 0))
    #expect(node.flags == .numaNode)

    let inner = try MapHandle.fixture(.hash)
    let outer = try MapHandle(
      type: .hashOfMaps, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 4,
      options: MapOptions(innerMap: inner))
    try inner.withFileDescriptor { try outer.update([0, 0, 0, 0], to: $0.rawValue.bytes) }
    #expect(try outer.lookup([0, 0, 0, 0]) == inner.id.rawValue.bytes)

    let filter = try MapHandle(
      type: .bloomFilter, keySize: 0, valueSize: 8, maxEntries: 10, options: MapOptions(extra: 5))
    #expect(try filter.raw.info().map_extra == 5)
  }

  @Test("BTF reaches the kernel")
  func btf() throws {
    let map = try MapHandle.locked(.hash)
    let info = try map.info()
    #expect(info.btfID != 0)
    #expect(info.btfKeyTypeID == FixtureBTF.int32)
    #expect(info.btfValueTypeID == FixtureBTF.lockedValue)
  }

  @Test("A map with a program's hash is exclusive to that program", .kernel(since: "6.18"))
  func exclusive() throws {
    let options = MapOptions(exclusiveProgramHash: [UInt8](repeating: 7, count: 32))
    let map = try MapHandle(type: .array, keySize: 4, valueSize: 8, maxEntries: 1, options: options)
    #expect(throws: FixtureError.self) {
      try map.withFileDescriptor { try FixtureDescriptor.countingProgram(map: $0) }
    }
    let short = #expect(throws: BPFError.self) {
      try MapHandle(
        type: .array, keySize: 4, valueSize: 8, maxEntries: 1,
        options: MapOptions(exclusiveProgramHash: [1, 2]))
    }
    #expect(short?.errno == .invalidArgument)
    #expect(short?.description.contains("32") == true)
  }

  @Test("The errors for invalid options name them")
  func refusedOptions() throws {
    let node = #expect(throws: BPFError.self) {
      try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 1, options: MapOptions(numaNode: 500))
    }
    #expect(node?.description.contains("500") == true)
    let device = #expect(throws: BPFError.self) {
      try MapHandle(
        type: .hash, keySize: 4, valueSize: 8, maxEntries: 1, options: MapOptions(interfaceIndex: 999_999))
    }
    #expect(device?.description.contains("999999") == true)
    let closed = FileDescriptor(rawValue: 1_000_000)
    let btf = #expect(throws: BPFError.self) {
      try MapHandle(
        type: .hash, keySize: 4, valueSize: 8, maxEntries: 1,
        options: MapOptions(btf: .init(descriptor: closed, keyTypeID: 1, valueTypeID: 2)))
    }
    #expect(btf?.errno == .badFileDescriptor)
    #expect(btf?.description.contains("BTF") == true)
  }

  // MARK: - Names

  @Test(
    "Accepts every name that the kernel allows", arguments: ["a", "A.b_9", "0", "123456789012345", "..."])
  func goodNames(name: String) throws {
    let map = try MapHandle(type: .array, name: name, keySize: 4, valueSize: 4, maxEntries: 1)
    #expect(map.name == name)
    #expect(try map.info().name == name)
  }

  @Test(
    "Refuses invalid names before the kernel, and states the rule",
    arguments: ["1234567890123456", "a b", "a-b", "a/b", "a\0b", "\0", "ä", "grüße", "日本", "a\n", "é"])
  func badNames(name: String) {
    let error = #expect(throws: BPFError.self) {
      try MapHandle(type: .array, name: name, keySize: 4, valueSize: 4, maxEntries: 1)
    }
    #expect(error?.code == .invalidName)
    #expect(error?.errno == nil)
    let text = error?.description ?? ""
    #expect(text.contains("15") || (text.contains("letters") && text.contains("'_'")), "\(text)")
    #expect(!text.contains("\0"))
  }

  // MARK: - Sizes

  @Test(
    "Refuses sizes that do not fit into 32 bits before the kernel",
    arguments: [(-1, 4, 1), (4, -1, 1), (4, 4, -1), (4, 4, 1 << 32), (Int.max, 4, 1), (4, Int.min, 1)])
  func hugeSizes(keySize: Int, valueSize: Int, maxEntries: Int) {
    let error = #expect(throws: BPFError.self) {
      try MapHandle(type: .hash, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries)
    }
    #expect(error?.code == .wrongSize)
    #expect(error?.errno == nil)
  }
}
