//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import BTF
import KernelFixtures
import Testing

@testable import BPFMaps

@Suite("Map types, flags, and IDs")
struct MapTypeTests {
  @Test("Every known type has its own number and name")
  func known() {
    #expect(MapType.allKnown.map(\.rawValue) == Array(1...35))
    #expect(Set(MapType.allKnown.map(\.kernelName)).count == MapType.allKnown.count)
    for type in MapType.allKnown { #expect(MapType(kernelName: type.kernelName) == type) }
    #expect(
      MapType.allKnown.filter(\.isPerCPU) == [
        .perCPUHash, .perCPUArray, .lruPerCPUHash, .perCPUCgroupStorage,
      ])
    #expect(
      MapType.allKnown.filter(\.isKeyless) == [.queue, .stack, .ringBuf, .bloomFilter, .userRingBuf, .arena])
  }

  @Test("Every constant has a row in the table, and every row a constant", .sources)
  func rows() throws {
    let source = FixtureObjects.package.appending("Sources/BPFMaps/MapTypes/MapType.swift")
    let constants = try KernelFile.read(source)
      .matches(of: /public static let (\w+) = MapType\(rawValue: (\d+)\)/)
      .reduce(into: [UInt32: String]()) { $0[try #require(UInt32($1.2))] = String($1.1) }
    let rows = MapTypeFacts.table.map(\.type.rawValue)
    for (number, name) in constants where !rows.contains(number) {
      Issue.record("MapType.\(name) (\(number)) has no row in MapTypeFacts.table")
    }
    #expect(Set(rows).count == rows.count && Set(rows) == Set(constants.keys))
  }

  @Test("The table has the kernel's types, with their numbers and names", .kernel)
  func kernelTypes() throws {
    let prefix = "BPF_MAP_TYPE_"
    let type = try #require(try BTFTypes.vmlinux().find(.enumeration, named: "bpf_map_type"))
    let kernel = type.enumerators.filter { $0.name.hasPrefix(prefix) && $0.value > 0 }
    for row in MapTypeFacts.table {
      let found = kernel.first { $0.name == prefix + row.name.uppercased() }
      #expect((found == nil) == KernelRelease.isOlder(than: row.since), "\(row.name)")
      if let found { #expect(found.value == Int128(row.type.rawValue), "\(row.name)") }
    }
    for entry in kernel where !MapType(rawValue: UInt32(entry.value)).isKnown {
      Issue.record(
        "\(entry.name) (\(entry.value)) has neither a constant in MapType nor a row in MapTypeFacts.table")
    }
  }

  @Test("The columns of a row agree with each other", arguments: MapType.allKnown)
  func columns(type: MapType) {
    let row = type.facts
    #expect(row.type == type && row.isKnown && !row.name.isEmpty)
    #expect(row.since.wholeMatch(of: /\d+\.\d+/) != nil)
    if let flags = row.flags {
      #expect(flags.isSuperset(of: row.requiredFlags))
      #expect(flags.isDisjoint(with: row.addedFlags))
    }
    #expect((row.values == .none) == (row.capacity == .bytes || row.capacity == .pages))
    #expect(row.values != .none || row.keys == .none)
    #expect((row.capacity == .growing) == (row.isStorage || row.keys == .attachment))
    #expect(row.isStorage == (row.btf == .required))
    #expect((row.socketRule != nil) == (row.valueObject == .socket || row.valueObject == .xdpSocket))
    // Only keys that can be listed can be read or drained in batches.
    let refusal = row.sweep.refusal
    #expect(row.draining != .batches || refusal == nil)
    #expect(row.keys != .none || refusal != nil)
    if let refusal { #expect(type == .bloomFilter || refusal.contains(row.name)) }
  }

  @Test("An unknown type keeps its number")
  func unknown() {
    let type = MapType(rawValue: 77)
    #expect(type.rawValue == 77)
    #expect(type.kernelName == "type 77")
    #expect(!type.isKnown && !type.isPerCPU && !type.isKeyless)
    #expect(type.minimumKernelVersion == nil)
    #expect(!type.facts.isKnown && type.facts.flags == nil && type.facts.sweep.refusal == nil)
    #expect(MapType(kernelName: "type 77") == nil)
    #expect(MapType(rawValue: 0).kernelName == "type 0")
    #expect(MapType(rawValue: .max).kernelName == "type 4294967295")
  }

  @Test("Flags are described by the kernel's names")
  func flags() {
    #expect(MapCreateFlags().description == "0")
    #expect(MapCreateFlags([.noPrealloc, .mmapable]).description == "BPF_F_NO_PREALLOC|BPF_F_MMAPABLE")
    #expect(MapCreateFlags(rawValue: 1 << 30 | 1).description == "BPF_F_NO_PREALLOC|0x40000000")
    for (index, named) in MapCreateFlags.named.enumerated() { #expect(named.flag.rawValue == 1 << index) }
  }

  @Test("IDs are numbers, and can be literals")
  func ids() {
    let id: MapID = 12
    #expect(id.rawValue == 12 && "\(id)" == "12" && id < 13)
  }
}
