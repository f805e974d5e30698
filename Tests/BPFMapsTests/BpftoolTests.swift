//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Compares the library with bpftool, in both directions.
@Suite("Agreement with bpftool", .bpftool)
struct BpftoolTests {
  // MARK: - bpftool reads the library's maps

  @Test(
    "bpftool shows the same names, types, sizes, and flags",
    arguments: [MapType.hash, .array, .perCPUHash, .lruHash, .perCPUArray, .lpmTrie, .queue, .stack])
  func show(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 12, maxEntries: 7)
    let shown = try Bpftool.run("map", "show", "id", "\(map.id)")
    #expect(shown["id"].integer == Int(map.id.rawValue))
    #expect(shown["name"].string == map.name)
    #expect(shown["type"].string == map.type.kernelName)
    #expect(shown["bytes_key"].integer == map.keySize)
    #expect(shown["bytes_value"].integer == 12)
    #expect(shown["max_entries"].integer == 7)
    #expect(shown["flags"].integer == Int(map.flags.rawValue))
    #expect(shown["frozen"].integer == 0)
    #expect(shown["bytes_memlock"].integer == (try map.descriptorInfo().memlock))
  }

  @Test("bpftool uses the same type names")
  func typeNames() throws {
    let help = try Command.run("/bin/sh", ["-c", "PATH=$PATH:/usr/sbin bpftool map help 2>&1"]).standardOutput
    let list = try #require(help.split(separator: "TYPE := {").last?.prefix { $0 != "}" })
    let names = list.split { $0 == "|" || $0.isWhitespace }.map(String.init)
    #expect(names.count > 25)
    for name in names { #expect(MapType(kernelName: name)?.kernelName == name) }
  }

  @Test("bpftool dumps the same values")
  func dump() throws {
    let map = try MapHandle.fixture(.hash)
    for number in UInt32(0)..<10 { try map.update(number.bytes, to: UInt64(number * 3).bytes) }
    let dumped = try Bpftool.run("map", "dump", "id", "\(map.id)").array
    #expect(dumped.count == 10)
    let ours = Dictionary(uniqueKeysWithValues: try map.entries().map { ($0.key, $0.value) })
    for entry in dumped { #expect(ours[entry["key"].bytes] == entry["value"].bytes) }
  }

  @Test("bpftool shows the same per-CPU values")
  func dumpPerCPU() throws {
    let map = try MapHandle.fixture(.perCPUHash, valueSize: 4)
    let cpus = try PossibleCPUs.current()
    let values = (0..<cpus.count).map { UInt32($0 + 40).bytes }
    try map.updatePerCPU(UInt32(1).bytes, to: values)
    let entry = try Bpftool.run("map", "lookup", "id", "\(map.id)", "key", "1", "0", "0", "0")
    let theirs = entry["values"].array.map { ($0["cpu"].integer, $0["value"].bytes) }
    #expect(theirs.map(\.0) == cpus.ids)
    #expect(theirs.map { Array($0.1.prefix(4)) } == values)
  }

  @Test("bpftool sees a freeze and a pin")
  func freezeAndPin() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let map = try MapHandle.fixture(.array)
      try map.pin(at: path)
      try map.freeze()
      let shown = try Bpftool.run("map", "show", "pinned", path.string)
      #expect(shown["id"].integer == Int(map.id.rawValue))
      #expect(shown["frozen"].integer == 1)
      try map.unpin(from: path)
      #expect(throws: Bpftool.Failure.self) { try Bpftool.run("map", "show", "pinned", path.string) }
    }
  }

  @Test("bpftool lists the same IDs")
  func list() throws {
    let mine = try MapHandle.fixture(.hash)
    let theirs = try Bpftool.run("map", "list").array.compactMap { $0["id"].integer }
    #expect(theirs.contains(Int(mine.id.rawValue)))
    #expect(try MapHandle.ids().contains(mine.id))
  }

  // MARK: - The library reads bpftool's maps

  @Test(
    "Reads a map that bpftool created, pinned, and filled",
    arguments: [
      ("hash", MapType.hash), ("array", .array), ("lru_hash", .lruHash), ("percpu_hash", .perCPUHash),
    ])
  func readTheirs(typeName: String, type: MapType) throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let name = UniqueName.next()
      try Bpftool.run(
        "map", "create", path.string, "type", typeName, "key", "4", "value", "8", "entries", "5", "name", name
      )
      try Bpftool.run(
        "map", "update", "pinned", path.string, "key", "3", "0", "0", "0", "value", "1", "2", "3", "4", "5",
        "6",
        "7", "8")
      let map = try MapHandle(pinnedAt: path)
      #expect(map.type == type)
      #expect(map.name == name)
      #expect((map.keySize, map.valueSize, map.maxEntries) == (4, 8, 5))
      let value: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
      if type.isPerCPU {
        #expect(try map.lookupPerCPU([3, 0, 0, 0])?.allSatisfy { $0 == value } == true)
      } else {
        #expect(try map.lookup([3, 0, 0, 0]) == value)
      }
      #expect(try MapHandle(name: name).id == map.id)

      try Bpftool.run("map", "freeze", "pinned", path.string)
      #expect(try map.descriptorInfo().isFrozen == true)
    }
  }

  @Test("Reads flags that bpftool set")
  func readTheirFlags() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("trie")
      try Bpftool.run(
        "map", "create", path.string, "type", "lpm_trie", "key", "8", "value", "4", "entries", "9", "name",
        "trie",
        "flags", "1")
      let map = try MapHandle(pinnedAt: path)
      #expect(map.flags == .noPrealloc)
      #expect(map.type == .lpmTrie)
    }
  }

  @Test("Pops a value that bpftool pushed onto a queue")
  func popTheirs() throws {
    let map = try MapHandle.fixture(.queue, valueSize: 4)
    try Bpftool.run("map", "enqueue", "id", "\(map.id)", "value", "9", "8", "7", "6")
    #expect(try map.lookupAndDelete([]) == [9, 8, 7, 6])
  }
}
