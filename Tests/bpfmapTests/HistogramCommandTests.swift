//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@testable import bpfmap

/// Tests `bpfmap histogram` with all layouts of counters.
@Suite("bpfmap histogram", .bpftool)
struct HistogramCommandTests {
  private static let source = """
    typedef unsigned int u32;
    typedef unsigned long long u64;
    struct pair { u32 first, second; };
    struct hist { u32 slots[27]; char comm[16]; };
    struct named { u64 other[3]; u64 slots[10]; u32 flag : 3; };
    struct vague { u64 reads[3]; u64 writes[3]; };
    struct text { char comm[16]; };
    #define MAP(name, type_number, count, key_type, value_type) \\
      struct { int (*type)[type_number]; int (*max_entries)[count]; key_type *key; value_type *value; } \\
      name __attribute__((section(".maps"), used))
    MAP(indices, 2, 27, u32, u64);
    MAP(cpu_indices, 6, 64, u32, u32);
    MAP(many, 2, 65, u32, u64);
    MAP(slots, 1, 64, u32, u64);
    MAP(cpu_slots, 5, 64, u64, u64);
    MAP(pairs, 1, 8, struct pair, u64);
    MAP(hists, 1, 8, u32, struct hist);
    MAP(cpu_hists, 5, 8, struct pair, struct hist);
    MAP(table, 2, 4, u32, struct hist);
    MAP(only, 2, 1, u32, struct hist);
    MAP(nameds, 1, 8, u32, struct named);
    MAP(vagues, 1, 8, u32, struct vague);
    MAP(texts, 1, 8, u32, struct text);
    typedef u64 wide[65];
    MAP(wides, 1, 8, u32, wide);
    u64 latencies[64] __attribute__((used)) = {1, 2};
    u64 sizes[64] __attribute__((used)) = {0, 0, 3};
    u32 single __attribute__((used)) = 5;
    __attribute__((section("socket"), used)) int nothing(void *context) { return single; }
    char LICENSE[] __attribute__((section("license"), used)) = "GPL";
    """

  private static func withMaps(_ body: (FilePath) throws -> Void) throws {
    try CompiledMaps.withMaps(of: source, body)
  }

  /// Returns a value of `struct hist`.
  private static func hist(_ slots: [Int: UInt32], _ comm: String) -> [UInt8] {
    (0..<27).flatMap { FieldType.hostOrder(slots[$0] ?? 0) } + comm.utf8
      + Array(repeating: 0, count: 16 - comm.utf8.count)
  }

  /// Returns the counts of a histogram in JSON, from the first slot with a count.
  private static func counts(_ histogram: JSON) -> [Int] {
    histogram["slots"].array.compactMap { $0["count"].integer }
  }

  // MARK: - Elements

  @Test("Draws the elements of an array and of a per-CPU array")
  func arrays() throws {
    try Self.withMaps { maps in
      let (path, perCPU) = (maps.appending("indices"), maps.appending("cpu_indices"))
      try Tool.succeed("update pinned \(path) --key 1 --value 12")
      try Tool.succeed("update pinned \(path) --key 3 --value 96")
      #expect(
        try Tool.succeed("histogram pinned \(path) --unit usecs") == """
               usecs               : count    distribution
                   2 -> 3          : 12       |*****                                   |
                   4 -> 7          : 0        |                                        |
                   8 -> 15         : 96       |****************************************|

          """)
      #expect(
        try Tool.json("histogram pinned \(path)")
          == JSON(
            parsing: """
              [{"key":null,"title":"","slots":[{"from":2,"to":3,"count":12},{"from":4,"to":7,"count":0},
                {"from":8,"to":15,"count":96}]}]
              """))
      try Tool.succeed("update pinned \(perCPU) --key 0 --value 4294967295 --all-cpus")
      let cpus = try PossibleCPUs.current().count
      #expect(try Self.counts(Tool.json("histogram pinned \(perCPU)")[0]) == [cpus * 4_294_967_295])
    }
  }

  @Test("Draws the elements of a hash whose keys are slot numbers")
  func hashes() throws {
    try Self.withMaps { maps in
      let (path, perCPU) = (maps.appending("slots"), maps.appending("cpu_slots"))
      let empty = try Tool.succeed("histogram pinned \(path)")
      #expect(
        empty.hasPrefix("map 'slots' (id ") && empty.hasSuffix(" has no counts: all slots are 0\n"))
      #expect(try Tool.json("histogram pinned \(path)")[0]["slots"] == .array([]))
      try Tool.succeed("update pinned \(path) --key 11 --value 3")
      try Tool.succeed("update pinned \(path) --key 10 --value 2")
      #expect(try Self.counts(Tool.json("histogram pinned \(path)")[0]) == [2, 3])
      try Tool.succeed("update pinned \(perCPU) --key 63 --value 5 --all-cpus")
      let slots = try Tool.succeed("histogram pinned \(perCPU)")
      #expect(
        slots.contains(
          "9223372036854775808 -> 18446744073709551615 : \(try PossibleCPUs.current().count * 5) "))
      try Tool.succeed("update pinned \(path) --key 64 --value 2")
      try Self.expectUnsupported("histogram pinned \(path)", "64", "0 to 63")
    }
  }

  @Test("Without BTF, reads values of 4 and 8 bytes as counters, and larger ones with --value-as")
  func untyped() throws {
    try withBPFFileSystem { directory in
      let (array, values) = (directory.appending("array"), directory.appending("values"))
      try Tool.succeed("create --type array --key-size 4 --value-size 4 --max-entries 8 --pin \(array)")
      try Tool.succeed("update pinned \(array) key u32:2 value u32:7")
      #expect(try Self.counts(Tool.json("histogram pinned \(array)")[0]) == [7])
      try Tool.succeed("create --type hash --key-size 4 --value-size 16 --max-entries 8 --pin \(values)")
      try Tool.succeed("update pinned \(values) key u32:42 value u32:0 u32:1 u32:2 u32:0")
      try Self.expectUnsupported("histogram pinned \(values)", "no BTF", "--value-as u32")
      #expect(try Self.counts(Tool.json("histogram pinned \(values) --value-as u32")[0]) == [1, 2])
      #expect(
        try Tool.succeed("histogram pinned \(values) --value-as u32 --key-as u32").hasPrefix("key: 42\n"))
      #expect(try Self.counts(Tool.json("histogram pinned \(values) --value-as u64")[0]) == [1 << 32, 2])
      for type in ["u128", "ipv4", "u32,u32"] {
        #expect(try Tool.run(line: "histogram pinned \(values) --value-as \(type)").status == 64)
      }
      #expect(try Tool.run(line: "histogram pinned \(array) --value-as u64").status == 64)
      #expect(try Tool.run(line: "histogram pinned \(array) --key-as u64").status == 64)
    }
  }

  // MARK: - Values

  @Test("Draws a histogram for each key with counts, with the key and the other members as its title")
  func values() throws {
    try Self.withMaps { maps in
      let path = maps.appending("hists")
      let map = try MapHandle(pinnedAt: path)
      try map.update(FieldType.hostOrder(UInt32(42)), to: Self.hist([2: 1, 3: 4], "bash"))
      try map.update(FieldType.hostOrder(UInt32(7)), to: Self.hist([:], "idle"))
      let one = """
        key: 42  comm: "bash"
                                 : count    distribution
                 4 -> 7          : 1        |**********                              |
                 8 -> 15         : 4        |****************************************|

        """
      #expect(try Tool.succeed("histogram pinned \(path)") == one)
      let json = try Tool.json("histogram pinned \(path)")
      #expect(json.array.count == 1, "a key without counts is omitted")
      #expect(json[0]["key"].bytes == FieldType.hostOrder(UInt32(42)))
      #expect(json[0]["formatted"]["key"] == .integer(42))
      #expect(json[0]["title"] == .string(#"key: 42  comm: "bash""#))
      #expect(Self.counts(json[0]) == [1, 4])
      try map.update(FieldType.hostOrder(UInt32(7)), to: Self.hist([0: 1], "idle"))
      let both = try Tool.succeed("histogram pinned \(path)").split(separator: "\n\n")
      #expect(both.count == 2 && both.contains { $0.hasPrefix(#"key: 7  comm: "idle""#) })
    }
  }

  @Test("Adds up the values of all CPUs, and takes the title from the busiest CPU")
  func perCPUValues() throws {
    try Self.withMaps { maps in
      let path = maps.appending("cpu_hists")
      let map = try MapHandle(pinnedAt: path)
      let cpus = try PossibleCPUs.current().count
      var values = Array(repeating: Self.hist([3: 1], "one"), count: cpus)
      values[cpus - 1] = Self.hist([3: 10], "last")
      try map.updatePerCPU(FieldType.hostOrder(UInt32(1)) + FieldType.hostOrder(UInt32(2)), to: values)
      let json = try Tool.json("histogram pinned \(path)")
      #expect(json[0]["title"] == .string(#"key: {.first = 1, .second = 2}  comm: "last""#))
      #expect(Self.counts(json[0]) == [cpus + 9])
    }
  }

  @Test("Shows the keys of an array unless it has a single element")
  func arraysOfValues() throws {
    try Self.withMaps { maps in
      let (table, only) = (maps.appending("table"), maps.appending("only"))
      try MapHandle(pinnedAt: table).update(FieldType.hostOrder(UInt32(2)), to: Self.hist([0: 1], "a"))
      #expect(
        try Tool.json("histogram pinned \(table)").array.map { $0["title"].string } == [#"key: 2  comm: "a""#]
      )
      #expect(
        try Tool.succeed("histogram pinned \(only)").hasSuffix("has no counts: all slots are 0\n"))
      try MapHandle(pinnedAt: only).update(FieldType.hostOrder(UInt32(0)), to: Self.hist([0: 1], "b"))
      let json = try Tool.json("histogram pinned \(only)")[0]
      #expect(json["title"] == .string(#"comm: "b""#) && json["key"] == .null)
    }
  }

  @Test("Draws the variables of a program that are arrays of counters, with their names as titles")
  func variables() throws {
    try Self.withMaps { maps in
      let json = try Tool.json("histogram pinned \(maps.appending("types_data"))")
      #expect(Set(json.array.compactMap { $0["title"].string }) == ["latencies", "sizes"])
      let sizes = try #require(json.array.first { $0["title"] == .string("sizes") })
      #expect(Self.counts(sizes) == [3] && sizes["slots"][0]["from"] == .integer(4))
    }
  }

  @Test("Prefers the array named slots")
  func slotsByName() throws {
    try Self.withMaps { maps in
      let path = maps.appending("nameds")
      try Tool.succeed(#"update pinned \#(path) --key 1 --value {"other":[9,9,9],"slots":[0,5],"flag":1}"#)
      let json = try Tool.json("histogram pinned \(path)")[0]
      #expect(Self.counts(json) == [5] && json["slots"][0]["from"] == .integer(2))
      #expect(json["title"] == .string("key: 1  other: {9, 9, 9}"))
    }
  }

  // MARK: - Unsupported maps

  private static func expectUnsupported(_ line: String, _ words: String...) throws {
    let command = try Tool.run(line: line)
    #expect(command.status == 1 && command.standardOutput.isEmpty, "\(line)")
    for word in words + ["__u32 slots[27]"] {
      #expect(command.standardError.contains(word), "\(line): \(command.standardError)")
    }
    #expect(
      try JSON(parsing: Tool.run(line: line + " --json").standardOutput)["code"] == .string("unsupported"))
  }

  @Test("The error for a map that is not a histogram describes the supported layouts")
  func unsupportedMaps() throws {
    try Self.withMaps { maps in
      try Self.expectUnsupported("histogram pinned \(maps.appending("many"))", "65 counters", "at most 64")
      try Self.expectUnsupported("histogram pinned \(maps.appending("wides"))", "65 counters", "at most 64")
      try Self.expectUnsupported(
        "histogram pinned \(maps.appending("pairs"))", "struct pair", "not slot numbers")
      try Self.expectUnsupported(
        "histogram pinned \(maps.appending("texts"))", "struct text", "no array of counters")
      try Self.expectUnsupported(
        "histogram pinned \(maps.appending("vagues"))", "'reads' and 'writes'", "'slots'")
      let queue = maps.appending("queue")
      try Tool.succeed("create --type queue --value-size 4 --max-entries 1 --pin \(queue)")
      try Self.expectUnsupported("histogram pinned \(queue)", "queue", "do not contain counters")
    }
  }
}
