//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

/// Compares the output of bpfmap and bpftool for the same maps.
@Suite("Agreement with bpftool", .bpftool)
struct BpftoolAgreementTests {
  static let created = [
    "hash --key-size 4 --value-size 8 --max-entries 100 --flags no_prealloc,rdonly_prog",
    "array --key-size 4 --value-size 5 --max-entries 3 --flags mmapable",
    "percpu_hash --key-size 3 --value-size 4 --max-entries 7",
    "percpu_array --key-size 4 --value-size 16 --max-entries 2",
    "lru_hash --key-size 1 --value-size 1 --max-entries 10",
    "lpm_trie --key-size 8 --value-size 4 --max-entries 10 --flags 1",
    "queue --value-size 4 --max-entries 3", "stack --value-size 12 --max-entries 3",
    "ringbuf --max-entries 65536",
    "stack_trace --key-size 4 --value-size 80 --max-entries 4",
    "prog_array --key-size 4 --value-size 4 --max-entries 2",
    "cpumap --key-size 4 --value-size 4 --max-entries 2",
  ]

  @Test("show and list print the fields that bpftool prints", arguments: created)
  func show(options: String) throws { try compareShow(of: options) }

  @Test("show and list print the fields of a Bloom filter that bpftool prints", .mapType(.bloomFilter))
  func showBloomFilter() throws {
    try compareShow(of: "bloom_filter --value-size 4 --max-entries 10 --map-extra 4")
  }

  private func compareShow(of options: String) throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("map").string, UniqueName.next())
      let created = try Tool.json("create --type \(options) --name \(name) --pin \(path)")
      let theirs = try Bpftool.run("-n", "map", "show", "pinned", path)
      #expect(theirs["name"].string == name)
      let ours = try Tool.json("show pinned \(path)")
      #expect(ours == created)
      for (field, value) in theirs.object where field != "pids" {
        #expect(ours[field] == value, "\(field)")
      }
      let listed = try Tool.json("list").array.first { $0["id"] == theirs["id"] }
      for (field, value) in theirs.object where field != "pids" {
        #expect(listed?[field] == value, "\(field)")
      }
    }
  }

  @Test("show has the same members for every map, and list is always an array")
  func shape() throws {
    try withBPFFileSystem { directory in
      let (hash, programs) = (directory.appending("hash").string, directory.appending("programs").string)
      try Tool.succeed("create --type hash --key-size 4 --value-size 4 --max-entries 1 --pin \(hash)")
      try Tool.succeed(
        "create --type prog_array --key-size 4 --value-size 4 --max-entries 1 --pin \(programs)")
      let (first, second) = (try Tool.json("show pinned \(hash)"), try Tool.json("show pinned \(programs)"))
      #expect(Set(first.object.keys) == Set(second.object.keys))
      #expect(first.object.keys.contains("btf_id") && first["btf_id"] == .null)
      #expect(first["name"] == .string(""))
      guard case .array = try Tool.json("list") else {
        Issue.record("list is not an array")
        return
      }
    }
  }

  @Test("show prints the owner of a program array, and its frozen state")
  func ownerAndFrozen() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("programs").string
      let map = try MapHandle(type: .programArray, keySize: 4, valueSize: 4, maxEntries: 1)
      let program = try FixtureDescriptor.program()
      try map.update([0, 0, 0, 0], to: FieldType.hostOrder(program.number))
      try map.pin(at: FilePath(path))
      try Tool.succeed("freeze pinned \(path)")
      let (ours, theirs) = (
        try Tool.json("show pinned \(path)"), try Bpftool.run("-n", "map", "show", "pinned", path)
      )
      #expect(theirs["owner_prog_type"] == .string("socket_filter"))
      #expect(theirs["frozen"] == .integer(1))
      for (field, value) in theirs.object where field != "pids" { #expect(ours[field] == value, "\(field)") }
    }
  }

  @Test(
    "dump, lookup and next print the elements of maps that bpftool fills",
    arguments: ["hash", "array", "percpu_hash", "percpu_array", "lru_hash"])
  func elements(type: String) throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      // A small LRU map evicts elements before it is full.
      let capacity = type == "lru_hash" ? "1024" : "5"
      try Bpftool.run(
        "-n", "map", "create", path, "type", type, "key", "4", "value", "5", "entries", capacity, "name",
        UniqueName.next())
      for index in 0..<5 {
        try Bpftool.run(
          "-n", "map", "update", "pinned", path, "key", "\(index)", "0", "0", "0", "value", "hex", "de", "ad",
          "be", "ef", "0\(index)")
      }
      let theirs = try Bpftool.run("-n", "map", "dump", "pinned", path)
      #expect(theirs.array.count == 5)
      #expect(sorted(try Tool.json("dump pinned \(path)")) == sorted(theirs))
      let element = try Bpftool.run("-n", "map", "lookup", "pinned", path, "key", "3", "0", "0", "0")
      #expect(try Tool.json("lookup pinned \(path) key 3 0 0 0") == element)
      #expect(
        try Tool.json("next pinned \(path)") == Bpftool.run("-n", "map", "getnext", "pinned", path))
      let next = try Bpftool.run("-n", "map", "getnext", "pinned", path)["next_key"].bytes
      let key = next.map { "\($0)" }
      #expect(
        try Tool.json("next pinned \(path) key dec \(key.joined(separator: " "))")
          == Bpftool.run(
            "-n", "map", "getnext", "pinned", path, "key", key[0], key[1], key[2], key[3]))
      #expect(try Tool.json("count pinned \(path)")["count"] == .integer(5))
    }
  }

  @Test("bpftool reads the values that bpfmap writes")
  func update() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      try Tool.succeed("create --type percpu_hash --key-size 4 --value-size 4 --max-entries 3 --pin \(path)")
      let cpus = try PossibleCPUs.current().ids
      let values = cpus.map { "cpu\($0) u32:\($0 + 100)" }.joined(separator: " ")
      try Tool.succeed("update pinned \(path) key u32:7 value \(values)")
      let element = try Bpftool.run("-n", "map", "lookup", "pinned", path, "key", "7", "0", "0", "0")
      #expect(element["values"].array.map { $0["cpu"].integer } == cpus)
      #expect(
        element["values"].array.map { $0["value"].bytes }
          == cpus.map { FieldType.hostOrder(UInt32($0 + 100)) })
      try Tool.succeed("update pinned \(path) key u32:7 value u32:5 --all-cpus")
      let same = try Bpftool.run("-n", "map", "lookup", "pinned", path, "key", "7", "0", "0", "0")
      #expect(same["values"].array.allSatisfy { $0["value"].bytes == FieldType.hostOrder(UInt32(5)) })
      try Tool.succeed("delete pinned \(path) key u32:7")
      #expect(try Bpftool.run("-n", "map", "dump", "pinned", path).array.isEmpty)
    }
  }

  @Test("bpfmap and bpftool peek and pop the same values of a queue")
  func queue() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("queue").string
      try Tool.succeed("create --type queue --value-size 4 --max-entries 3 --pin \(path)")
      for number in 1...3 { try Tool.succeed("push pinned \(path) value u32:\(number)") }
      #expect(try Tool.json("peek pinned \(path)") == Bpftool.run("-n", "map", "peek", "pinned", path))
      #expect(
        try Bpftool.run("-n", "map", "dequeue", "pinned", path)["value"].bytes
          == FieldType.hostOrder(UInt32(1)))
      #expect(try Tool.json("pop pinned \(path)")["value"].bytes == FieldType.hostOrder(UInt32(2)))
      try Tool.succeed("push pinned \(path) value u32:4")
      try Tool.succeed("push pinned \(path) value u32:5")
      try Tool.succeed("push pinned \(path) value u32:6 --drop-oldest")
      #expect(try Tool.succeed("pop pinned \(path) --value-as u32") == "value: 4\n")
    }
  }

  @Test("A map-in-map contains the id that bpftool shows")
  func mapOfMaps() throws {
    try withBPFFileSystem { directory in
      let (inner, outer) = (directory.appending("inner").string, directory.appending("outer").string)
      let created = try Tool.json(
        "create --type array --key-size 4 --value-size 4 --max-entries 1 --pin \(inner)")
      let id = try #require(created["id"].integer)
      try Tool.succeed(
        "create --type hash_of_maps --key-size 4 --value-size 4 --max-entries 2 --inner-map id:\(id) --pin \(outer)"
      )
      try Tool.succeed("update pinned \(outer) key u32:1 value pinned \(inner)")
      try Tool.succeed("update pinned \(outer) key u32:2 value id \(id)")
      let theirs = try Bpftool.run("-n", "map", "dump", "pinned", outer)
      #expect(
        theirs.array.map { $0["value"].bytes } == Array(repeating: FieldType.hostOrder(UInt32(id)), count: 2))
      #expect(sorted(try Tool.json("dump pinned \(outer)")) == sorted(theirs))
    }
  }

  private func sorted(_ dump: JSON) -> [JSON] {
    dump.array.sorted { $0["key"].bytes.lexicographicallyPrecedes($1["key"].bytes) }
  }
}
