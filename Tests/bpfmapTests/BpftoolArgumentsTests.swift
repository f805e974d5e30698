//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

@Suite("bpftool's syntax and misspelled names")
struct BpftoolArgumentsTests {
  private static func translated(_ line: String) throws -> String {
    let words = FormatOptions.afterCommand(
      BpftoolArguments.droppingMapKeyword(line.split(separator: " ").map(String.init)))
    return try BpftoolArguments.translated(words).joined(separator: " ")
  }

  static let lines = [
    ("map dump id 5", "dump id 5"), ("-j map dump id 5", "dump -j id 5"),
    ("map -p dump id 5", "dump --json id 5"),
    ("-jp map show", "list --json"), ("map show", "list"), ("map list", "list"), ("map ls", "list"),
    ("ls", "list"),
    ("map show id 5", "show id 5"), ("map list id 5", "show id 5"), ("list --json", "list --json"),
    ("ls name x", "show name x"), ("show", "show"), ("map", "--help"), ("map help", "help"),
    ("map getnext id 5 key 1 2", "next id 5 key 1 2"), ("map dequeue id 5", "pop id 5"),
    ("map enqueue id 5 value 1", "push id 5 value 1"),
    ("update id 5 key 1 value 2 any", "update id 5 key 1 value 2"),
    ("update id 5 key 1 value 2 noexist", "update id 5 key 1 value 2 --no-exist"),
    ("update id 5 key 1 value 2 exist -j", "update id 5 key 1 value 2 -j --exist"),
    // Names that are bpftool's keywords.
    ("update id 5 key 1 value name any", "update id 5 key 1 value name any"),
    ("dump name map", "dump name map"), ("dump map", "dump map"),
    ("update id 5 key 1 value", "update id 5 key 1 value"),
    ("create --type hash --pin /x", "create --type hash --pin /x"),
    (
      "map create /x type hash key 4 value 8 entries 10 name hits flags 1",
      "create --pin /x --type hash --key-size 4 --value-size 8 --max-entries 10 --name hits --flags 1"
    ),
    (
      "map create /x type array_of_maps inner_map id 5 name y",
      "create --pin /x --type array_of_maps --inner-map id 5 --name y"
    ),
    // Negative numbers are data.
    ("lookup id 5 key -1", "lookup id 5 key dec:-1"),
    ("update x key 1 value -5 -j", "update x key 1 value dec:-5 -j"),
    ("lookup x --key -1", "lookup x --key -1"), ("watch x --interval -1", "watch x --interval -1"),
    ("delete x key hex -1a", "delete x key hex dec:-1a"),
    ("update x --key 1 --value -p", "update x --key 1 --value -p"),
  ]

  @Test("Translates bpftool's command lines", arguments: lines)
  func translation(line: String, expected: String) throws {
    #expect(try Self.translated(line) == expected)
  }

  @Test(
    "The error for a command that only bpftool has names an alternative",
    arguments: [
      ("prog load a.o /x", "bpfmap object load"), ("btf dump file x", "bpfmap btf header"),
      ("map event_pipe id 5", "PerfBuffer"), ("cgroup show", "bpftool"),
      ("map create /x type devmap dev eth0", "--ifindex"),
    ])
  func others(line: String, hint: String) {
    let failure = #expect(throws: Failure.self) { try Self.translated(line) }
    #expect(failure?.message.contains(hint) == true && failure?.exitStatus == .usage)
  }

  @Test(
    "Suggests the most similar name",
    arguments: [
      ("dmup", "dump"), ("lokup", "lookup"), ("DUMP", "dump"), ("updaet", "update"), ("hist", "histogram"),
      ("del", "delete"), ("shwo", "show"), ("lists", "list"), ("histogarm", "histogram"), ("wach", "watch"),
      ("xyzzy", nil), ("", nil), ("a", nil), ("objects", "object"),
      (String(repeating: "dump", count: 10_000), nil),
    ])
  func nearNames(word: String, expected: String?) {
    #expect(NameSuggestion.closest(to: word, among: BPFMapTool.commandNames) == expected)
  }

  @Test("The error for a misspelled name suggests a similar one")
  func commands() throws {
    for (line, hint) in [
      ("dmup name x", "did you mean 'dump'?"), ("help lokup", "did you mean 'lookup'?"),
      ("object laod x", "did you mean 'load'?"), ("btf headr", "did you mean 'header'?"),
      ("help object shwo", "did you mean 'show'?"), ("create --type hahs --pin /x", "did you mean 'hash'?"),
      ("create --type hash --flags no_preloc --pin /x", "did you mean 'no_prealloc'?"),
    ] {
      let command = try Tool.run(line: line)
      #expect(command.status == 64 && command.standardOutput.isEmpty, "\(line)")
      #expect(command.standardError.contains(hint), "\(line): \(command.standardError)")
    }
    #expect(try Tool.run(line: "help object load").standardOutput.contains("bpfmap object load FILE"))
    #expect(try Tool.run(line: "map").standardOutput.contains("Exit status"))
  }
}

/// Command lines in bpftool's syntax, and with common mistakes.
@Suite("bpftool's command lines", .bpftool)
struct BpftoolCommandLineTests {
  @Test("Both tools accept the same command lines, with the same results")
  func bothTools() throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("map").string, UniqueName.next())
      let create = "map create \(path) type hash key 4 value 4 entries 9 name \(name)"
      #expect(try Tool.run(line: create).status == 0)
      let id = try #require(try Bpftool.run("map", "show", "pinned", path)["id"].integer)
      func both(_ line: String) throws {
        let ours = try JSON(parsing: Tool.run(line: "-j map \(line)").standardOutput)
        let theirs = try Command.run("bpftool", ["-j", "map"] + line.split(separator: " ").map(String.init))
        let isSilent = theirs.standardOutput.isEmpty || theirs.standardOutput == "null"
        #expect(isSilent ? ours == .null : try ours == JSON(parsing: theirs.standardOutput), "\(line)")
      }
      #expect(try Tool.json("map update name \(name) key hex 0 0 0 1 value hex 1 2 3 4 noexist") == .null)
      #expect(try Tool.run(line: "map update id \(id) key 0 0 0 1 value 1 2 3 4 noexist").status == 1)
      #expect(try Tool.run(line: "map update id \(id) key 0 0 0 9 value 1 2 3 4 exist").status == 2)
      try both("update id \(id) key 0 0 0 1 value 0x1 0x2 0x3 0x5 exist")
      try both("update id \(id) key 0 0 0 2 value 1 2 3 6 any")
      try both("lookup pinned \(path) key 0 0 0 1")
      try both("getnext pinned \(path) key 9 9 9 9")
      try both("getnext id \(id)")
      try both("dump id \(id)")
      #expect(try Tool.json("map delete id \(id) key 0 0 0 2") == .null)
      try both("dump id \(id)")
      #expect(
        try Tool.run(line: "-p map dump id \(id)").standardOutput
          == Tool.run(line: "dump \(id) -j").standardOutput)
      #expect(try Tool.json("map ls").array.contains { $0["id"] == .integer(id) })
    }
  }

  @Test("Selects a map by a single word, and suggests a similar name")
  func oneWord() throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("map").string, UniqueName.next())
      let created = try Tool.json(
        "create --type array --key-size 4 --value-size 4 --max-entries 1 --name \(name) --pin \(path)")
      let id = try #require(created["id"].integer)
      for map in ["\(id)", name, path] {
        #expect(try Tool.succeed("dump \(map) --key-as u32 --value-as u32") == "key: 0  value: 0\n")
      }
      try Tool.succeed("pin \(name) \(path)2")
      try Tool.succeed("unpin \(path)2")
      let mistyped = String(name.dropLast()) + "_"
      let missing = try Tool.run(line: "dump \(mistyped)")
      #expect(
        missing.status == 2 && missing.standardError.contains("did you mean '"), "\(missing.standardError)")
    }
  }

  @Test("The error for a key of the wrong size suggests the correct syntax")
  func forms() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      try Tool.succeed("create --type hash --key-size 4 --value-size 8 --max-entries 1 --pin \(path)")
      for (line, hint) in [
        ("lookup \(path) key 5", "'key u32:5'"), ("update \(path) key u32:5 value 7", "'value u64:7'"),
        ("lookup \(path) key -1", "i32:-1"), ("delete \(path) key -1 --json", "i32:-1"),
        ("lookup \(path) key 10.0.0.1", "ipv4:10.0.0.1"),
      ] {
        let command = try Tool.run(line: line)
        #expect(command.status == 64, "\(line)")
        let text = command.standardError + command.standardOutput
        #expect(text.contains(hint) && !text.contains("option"), "\(line): \(text)")
      }
      try CompiledMaps.withMaps { maps in
        let command = try Tool.run(line: "lookup \(maps.appending("events")) key 5")
        #expect(command.standardError.contains("'key u32:5', or by its type as '--key 5'"))
      }
    }
  }

  @Test("Reads and shows the keys of an LPM trie as prefixes, with and without BTF")
  func prefixes() throws {
    try withBPFFileSystem { directory in
      for (size, prefix, other) in [(8, "10.0.0.0/8", "0.0.0.0/0"), (20, "2001:db8::/32", "::/0")] {
        let path = directory.appending("trie\(size)").string
        try Tool.succeed(
          "create --type lpm_trie --key-size \(size) --value-size 4 --max-entries 9 --flags no_prealloc --pin \(path)"
        )
        for key in [prefix, other] { try Tool.succeed("update \(path) key \(key) value u32:1") }
        let lines = try Tool.succeed("dump \(path) --value-as u32").split(separator: "\n")
        #expect(Set(lines) == ["key: \(prefix)  value: 1", "key: \(other)  value: 1"])
        #expect(try Tool.succeed("lookup \(path) key \(prefix)") == "key: \(prefix)  value: 01 00 00 00\n")
        #expect(try Tool.succeed("next \(path)").contains("/"))
        #expect(
          try Tool.succeed("watch \(path) key \(prefix) --initial --count 1 --interval 0.01").contains(
            "key: \(prefix) "))
        #expect(try !Tool.succeed("dump \(path) --raw").contains("/"))
        #expect(try Tool.json("dump \(path)").array.allSatisfy { $0["key"].array.count == size })
        let wrong = try Tool.run(line: "lookup \(path) key 5")
        #expect(wrong.status == 64 && wrong.standardError.contains("'key \(prefix)'"))
      }
      let odd = directory.appending("odd").string
      try Tool.succeed(
        "create --type lpm_trie --key-size 6 --value-size 4 --max-entries 9 --flags no_prealloc --pin \(odd)")
      try Tool.succeed("update \(odd) key u32:16 1 2 value u32:1")
      #expect(try Tool.succeed("dump \(odd)") == "key: 10 00 00 00 01 02  value: 01 00 00 00\n")
    }
    try CompiledMaps.withMaps(of: Self.tries) { maps in
      for name in ["plain", "bytes"] {
        let path = maps.appending(name)
        try Tool.succeed("update \(path) key 10.0.0.0/8 value u32:1")
        #expect(try Tool.succeed("dump \(path)") == "key: 10.0.0.0/8  value: 1\n")
      }
      let path = maps.appending("scoped")
      try Tool.succeed("update \(path) key u32:16 u16:1 1 2 value u32:1")
      #expect(try Tool.succeed("dump \(path)").hasPrefix("key: {.length = 16, .scope = 1, "))
    }
  }

  private static let tries = """
    struct plain { unsigned length; unsigned address; };
    struct bytes { unsigned length; unsigned char address[4]; };
    struct scoped { unsigned length; unsigned short scope; unsigned char address[2]; };
    #define TRIE(name) \
      struct { int (*type)[11]; int (*max_entries)[8]; int (*map_flags)[1]; struct name *key; unsigned *value; } \
      name __attribute__((section(".maps"), used))
    TRIE(plain);
    TRIE(bytes);
    TRIE(scoped);
    __attribute__((section("socket"), used)) int nothing(void *context) { return 0; }
    char LICENSE[] __attribute__((section("license"), used)) = "GPL";
    """
}
