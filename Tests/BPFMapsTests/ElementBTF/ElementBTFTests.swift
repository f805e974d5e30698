//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BTF
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFMaps

/// Tests the BTF of typed maps in the kernel.
@Suite("BTF of typed maps", .kernel)
struct ElementBTFTests {
  struct Flow: BitwiseCopyable {
    var packets: UInt64
    var balance: Int32
    var isOpen: Bool
    var name: InlineArray<16, CChar>
    var ports: InlineArray<2, UInt16>
    var times: (first: UInt64, last: UInt64)
  }
  struct Sample: BitwiseCopyable {
    var flow: Flow
    // bpftool cannot show a floating-point number.
    var ratio: Double
  }
  struct Peer: BitwiseCopyable {
    var address: IPv4Address
    @BigEndian var port: UInt16
  }

  static let flow = Flow(
    packets: 5, balance: -3, isOpen: true, name: InlineArray { $0 < 4 ? CChar(97 + $0) : 0 },
    ports: [80, 443], times: (first: 10, last: 20))

  // MARK: - Other readers

  @Test("bpftool shows fields by name", .bpftool)
  func bpftool() throws {
    let flows = try HashMap<Peer, Flow>(name: UniqueName.next(), maxEntries: 4)
    try flows.update(Peer(address: IPv4Address(10, 0, 0, 1), port: 443), to: Self.flow)
    let entry = try Bpftool.run("map", "dump", "id", "\(flows.id)").array[0]["formatted"]
    #expect(entry["key"]["address"].array.map(\.integer) == [10, 0, 0, 1])
    #expect(entry["key"]["port"].integer == Int(UInt16(443).bigEndian))
    let value = entry["value"]
    #expect(value["packets"].integer == 5)
    #expect(value["balance"].integer == -3)
    #expect(value["name"].string == "abcd")
    #expect(value["ports"].array.map(\.integer) == [80, 443])
    #expect((value["times"]["first"].integer, value["times"]["last"].integer) == (10, 20))
  }

  @Test("bpftool writes the type in C", .bpftool)
  func declaration() throws {
    let flows = try ArrayMap<Sample>(name: UniqueName.next(), maxEntries: 1)
    let text = try Bpftool.text("btf", "dump", "map", "id", "\(flows.id)", "value", "format", "c")
    #expect(
      text.contains("struct Flow {\n\tlong long unsigned int packets;")
        || text.contains("unsigned long long packets;"))
    #expect(text.contains("char name[16];"))
    #expect(text.contains("double ratio;"))
  }

  @Test("The kernel shows the elements of a pinned map")
  func pin() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let counts = try ArrayMap<Pair>(name: UniqueName.next(), maxEntries: 2)
      try counts.update(1, to: Pair(first: 7, second: -9))
      try counts.pin(at: path)
      let text = try Command.run("/bin/cat", [path.string]).standardOutput
      #expect(text.contains("1: {7,-9,}") || text.contains("1: {7,-9}"), "\(text)")
    }
  }

  struct Pair: BitwiseCopyable, Equatable { var first: UInt32, second: Int32 }

  // MARK: - Maps

  @Test(
    "A map of each type agrees with its own BTF", arguments: StoredFieldTests.dense + StoredFieldTests.gapped)
  func roundTrip(swift: any BitwiseCopyable.Type) throws {
    func open<T: BitwiseCopyable>(_ type: T.Type) throws {
      guard MemoryLayout<T>.size > 0 else { return }
      let map = try HashMap<T, T>(name: UniqueName.next(), maxEntries: 1)
      let types = try #require(try map.handle.elementTypes())
      #expect(types.key?.byteCount == map.handle.keySize)
      #expect(types.value?.byteCount == map.handle.valueSize)
      _ = try HashMap<T, T>(id: map.id)
    }
    try open(swift)
  }

  @Test("Each type of map that takes BTF has it")
  func mapTypes() throws {
    let options = MapOptions()
    let maps: [any TypedMap] = [
      try HashMap<UInt32, Pair>(maxEntries: 1), try LRUHashMap<UInt32, Pair>(maxEntries: 1),
      try PerCPUHashMap<UInt32, Pair>(maxEntries: 1), try LRUPerCPUHashMap<UInt32, Pair>(maxEntries: 1),
      try ArrayMap<Pair>(maxEntries: 1), try PerCPUArrayMap<Pair>(maxEntries: 1),
      try MappedArray<Pair>(maxEntries: 1, options: options),
      try LPMTrieMap<IPv4Address, Pair>(maxEntries: 1), try LPMTrieMap<IPv6Address, Pair>(maxEntries: 1),
    ]
    for map in maps {
      let types = try #require(try map.handle.elementTypes(), "\(map)")
      #expect(types.value?.name == "Pair")
      #expect(types.key != nil)
      #expect(types.value?.members.map(\.name) == ["first", "second"])
    }
  }

  @Test("A local storage describes its value")
  func storage() throws {
    let types = try #require(try SocketStorage<Pair>().handle.elementTypes())
    #expect(types.value?.members.map(\.name) == ["first", "second"])
    let bytes = try #require(
      try SocketStorage<Pair>(options: MapOptions(omitsBTF: true)).handle.elementTypes())
    #expect((bytes.value?.name, bytes.value?.byteCount) == ("value", 8))
    // Whether the kernel accepts an array depends on its release.
    let array = try SocketStorage<InlineArray<4, UInt16>>()
    #expect(try array.handle.elementTypes()?.value?.byteCount == 8)
  }

  @Test("A Bloom filter describes its values", .mapType(.bloomFilter))
  func bloomFilter() throws {
    let types = try #require(try BloomFilter<Pair>(maxEntries: 1).handle.elementTypes())
    #expect((types.key?.name, types.value?.name) == (nil, "Pair"))
  }

  @Test("A queue has no BTF, since the kernel refuses it")
  func queue() throws {
    let queue = try QueueMap<Pair>(maxEntries: 1)
    #expect(try queue.handle.info().btfID == 0)
    try queue.push(Pair(first: 1, second: 2))
    #expect(try queue.pop() == Pair(first: 1, second: 2))
  }

  // MARK: - Without BTF

  @Test("The option omits BTF")
  func omitted() throws {
    let map = try HashMap<UInt32, Pair>(maxEntries: 1, options: MapOptions(omitsBTF: true))
    #expect(try map.handle.info().btfID == 0)
  }

  @Test("The caller's BTF is used as it is")
  func given() throws {
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.uint64)
    let map = try HashMap<UInt32, Pair>(maxEntries: 1, options: MapOptions(btf: types))
    #expect(try map.handle.info().btfValueTypeID == FixtureBTF.uint64)
    withExtendedLifetime(btf) {}
  }

  @Test("On a kernel without BTF, and without floating-point numbers in BTF, the map is created as well")
  func olderKernels() async throws {
    let map = try await OlderKernel.run(4, 16) {
      var options = MapOptions()
      options.kernel = KernelSupport()
      return try HashMap<UInt32, Sample>(maxEntries: 1, options: options).handle
    }
    #expect(try map.info().btfID == 0)
    let plain = try await OlderKernel.run(5, 11) {
      var options = MapOptions()
      options.kernel = KernelSupport()
      return try HashMap<UInt32, Sample>(maxEntries: 1, options: options).handle
    }
    let types = try #require(try plain.elementTypes())
    #expect(types.value?.members.map(\.name).last == "ratio")
    #expect(types.value?.members.last?.type.kind == .structure)
    #expect(types.value?.members.last?.type.byteCount == 8)
  }

  @Test("A token that does not delegate BTF creates the map without it", .kernel(since: "6.9"))
  func token() async throws {
    let token = try FixtureDescriptor.hashToken()
    let map = try await Worker.run {
      try TestCapability.limitThread(to: [])
      return try HashMap<UInt32, Pair>(maxEntries: 1, options: MapOptions(token: token)).handle
    }
    #expect(try map.info().btfID == 0)
    withExtendedLifetime(token) {}
  }

  @Test("A refusal that BTF does not cause is explained as without it")
  func refusals() {
    let empty = #expect(throws: BPFError.self) { try HashMap<UInt32, Pair>(maxEntries: 0) }
    #expect(empty?.explanation == "max_entries must be above 0")
    let flags = #expect(throws: BPFError.self) {
      try HashMap<UInt32, Pair>(maxEntries: 1, options: MapOptions(flags: .mmapable))
    }
    #expect(flags?.explanation == "a hash map does not take BPF_F_MMAPABLE")
  }

  @Test("A structure named like one that the kernel manages stays plain bytes to it")
  func managedNames() throws {
    let map = try MappedArray<SwiftTypeBuilderTests.Pair<SwiftTypeBuilderTests.bpf_timer, UInt32>>(
      maxEntries: 1)
    #expect(try map.handle.info().btfID != 0)
    try map.update(0, to: .init(first: .init(opaque: (1, 2)), second: 3))
    #expect(map[0].first.opaque == (1, 2))
  }
}
