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

/// Compares how bpfmap and bpftool format elements by their BTF types.
@Suite("Typed elements", .bpftool)
struct TypedElementTests {
  // MARK: - Agreement with bpftool

  /// Fills a map with random values that bpftool formats correctly.
  private static func fill(_ map: MapHandle) throws {
    var random = SystemRandomNumberGenerator()
    let type = try #require(try map.elementTypes()?.value)
    for key in 0..<8 as Range<UInt32> {
      var value = (0..<map.valueSize).map { _ in UInt8.random(in: 0...255, using: &random) }
      func put(_ name: String, _ bytes: [UInt8]) {
        let offset = type.members.first { $0.name == name }?.byteOffset ?? 0
        value.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      }
      // For Booleans other than 0 and 1, bpftool shows the byte.
      put("flag", [UInt8(key & 1)])
      put("color", FieldType.hostOrder([0, 5, 7].randomElement(using: &random) ?? 0 as UInt32))
      put("sign", FieldType.hostOrder([0, -3].randomElement(using: &random) ?? 0 as Int32))
      // bpftool shows text without a NUL as numbers, and a backslash in text as a line break.
      put("text", Array((key > 3 ? "e\"\0old" : "\u{1}\0\0\0\0\0").utf8))
      put("raw", [200])
      put("inner", [7, 255] + Array("eth0\0old".utf8) + [0, 128] + [200, 0, 0, 0, 1, 2, 3, 4])
      try map.update(FieldType.hostOrder(key), to: value)
    }
  }

  private func dumps(_ path: FilePath) throws -> (ours: [JSON], theirs: [JSON]) {
    let theirs = try Bpftool.run("map", "dump", "pinned", path.string)
    return (try Tool.json("dump pinned \(path)").array, theirs.array)
  }

  @Test("Formats integers, Booleans, text, enumerations, structures, unions, arrays and pointers")
  func kinds() throws {
    try CompiledMaps.withMaps { maps in
      for name in ["events", "table"] {
        let path = maps.appending(name)
        try Self.fill(MapHandle(pinnedAt: path))
        let (ours, theirs) = try dumps(path)
        #expect(ours.count == 8 && ours == theirs)
        #expect(theirs.allSatisfy { $0["formatted"]["value"].object.count == 16 })
        let element = try Bpftool.run("map", "lookup", "pinned", path.string, "key", "5", "0", "0", "0")
        #expect(try Tool.json("lookup pinned \(path) --key 5") == element)
      }
    }
  }

  @Test("Formats per-CPU values, and keys that are structures")
  func perCPU() throws {
    try CompiledMaps.withMaps { maps in
      let cpus = try PossibleCPUs.current().ids
      let (pairs, numbers) = (maps.appending("cpu_pairs"), maps.appending("cpu_numbers"))
      let values = cpus.map { #"{"second":\#($0)}"# }.joined(separator: ",")
      try Tool.succeed(#"update pinned \#(pairs) --key {"first":1,"second":2} --value [\#(values)]"#)
      try Tool.succeed("update pinned \(numbers) --key 3 --value 18446744073709551615 --all-cpus")
      for (path, count) in [(pairs, 1), (numbers, 8)] {
        let (ours, theirs) = try dumps(path)
        #expect(ours.count == count && ours == theirs)
        #expect(theirs.allSatisfy { $0["formatted"]["values"].array.count == cpus.count })
      }
      let lines = cpus.map { "  cpu \($0): {.first = 0, .second = \($0)}\n" }.joined()
      #expect(try Tool.succeed("dump pinned \(pairs)") == "key: {.first = 1, .second = 2}\n" + lines)
    }
  }

  @Test("Formats the variables of a program, in a map without a key type")
  func sections() throws {
    try CompiledMaps.withMaps { maps in
      for name in ["types_data", "types_rodata"] {
        let (ours, theirs) = try dumps(maps.appending(name))
        #expect(ours.count == 1 && ours == theirs)
        #expect(theirs[0]["formatted"].object.count == 1)
      }
      let path = maps.appending("types_data")
      let variables = try dumps(path).theirs[0]["formatted"]["value"][".data"].array
      #expect(variables.count == 2)
      #expect(
        try Tool.succeed("dump pinned \(path)").hasPrefix("key: 00 00 00 00  value: {."), "the key as bytes")
      try Tool.succeed(
        #"update pinned \#(path) key u32:0 --value {".data":[{"number":5},{"both":{"second":7}}]}"#)
      let after = try dumps(path).theirs[0]["formatted"]["value"][".data"].array
      #expect(after.contains(.object(["number": .integer(5)])))
      #expect(after.contains { $0["both"]["first"] == .integer(0) && $0["both"]["second"] == .integer(7) })
    }
  }

  @Test(
    "Formats types that bpftool does not support: bit-fields, large enumerations, unnamed members, floating point",
    .kernel(since: "6.0"))
  func odd() throws {
    try CompiledMaps.withMaps { maps in
      let events = maps.appending("events")
      try Tool.succeed(#"update pinned \#(events) --key 1 --value {"text":"a\\b"}"#)
      let text = try Tool.json("lookup pinned \(events) --key 1")["formatted"]["value"]["text"]
      #expect(text == .string(#"a\b"#))
      let path = maps.appending("odds")
      let json =
        #"{"b1":5,"b2":-2,"b3":"GREEN","large":"LARGE","nameless":9,"d":1.5,"f":"-inf"}"#
      try Tool.succeed("update pinned \(path) --key 1 --value \(json)")
      #expect(
        try Tool.json("lookup pinned \(path) --key 1")["formatted"]
          == JSON(parsing: #"{"key":1,"value":\#(json)}"#)
      )
      #expect(
        try Tool.succeed("lookup pinned \(path) --key 1")
          == "key: 1  value: {.b1 = 5, .b2 = -2, .b3 = GREEN, .large = LARGE, .nameless = 9, .d = 1.5, .f = -inf}\n"
      )
    }
  }

  @Test("bpftool reads values that are written as JSON")
  func update() throws {
    try CompiledMaps.withMaps { maps in
      let path = maps.appending("events").string
      let value =
        #"{"byte":255,"small":-5,"total":18446744073709551615,"flag":true,"text":"eth0","color":"BLUE","#
        + #""inner":[{"a":1,"name":"x"}],"deep":{"nested":3,"either":{"x":1}},"matrix":[[1,2],[3,4]]}"#
      try Tool.succeed("update pinned \(path) --key 4294967295 --value \(value)")
      let theirs = try Bpftool.run("map", "dump", "pinned", path)[0]["formatted"]
      #expect(theirs["key"] == .integer(4_294_967_295))
      let written = try JSON(parsing: value)
      for name in ["byte", "small", "total", "flag", "text", "color", "matrix"] {
        #expect(theirs["value"][name] == written[name], "\(name)")
      }
      #expect(theirs["value"]["inner"][0]["name"] == .string("x"))
      #expect(theirs["value"]["inner"][1]["a"] == .integer(0))
      #expect(theirs["value"]["deep"]["nested"] == .integer(3))
      // The formatted element equals bpftool's.
      let formatted = try Tool.json("lookup pinned \(path) --key 4294967295")["formatted"]
      #expect(formatted == theirs)
      let pairs = maps.appending("pairs").string
      try Tool.succeed(#"update pinned \#(pairs) --key {"second":1} --value -7"#)
      #expect(try Bpftool.run("map", "dump", "pinned", pairs)[0]["formatted"]["value"] == .integer(-7))
      #expect(try Tool.succeed("next pinned \(pairs)") == "{.first = 0, .second = 1}\n")
      try Tool.succeed(#"delete pinned \#(pairs) --key {"first":0,"second":1}"#)
      #expect(try Bpftool.run("map", "dump", "pinned", pairs).array.isEmpty)
    }
  }

  // MARK: - Formats

  @Test("--raw shows bytes, and --key-as and --value-as take precedence over BTF")
  func forms() throws {
    try CompiledMaps.withMaps { maps in
      let path = maps.appending("pairs")
      try Tool.succeed(#"update pinned \#(path) --key {"first":1} --value 2"#)
      let (key, value) = (FieldType.hostOrder(UInt32(1)) + [0, 0, 0, 0], FieldType.hostOrder(UInt64(2)))
      for command in ["dump pinned \(path)", #"lookup pinned \#(path) --key {"first":1}"#] {
        #expect(try Tool.succeed(command) == "key: {.first = 1, .second = 0}  value: 2\n")
        #expect(
          try Tool.succeed(command + " --raw")
            == "key: \(HexDigits.text(key))  value: \(HexDigits.text(value))\n")
        #expect(try Tool.succeed(command + " --key-as u32,u32") == "key: 1 0  value: 2\n")
        #expect(try Tool.json(command + " --raw").array.allSatisfy { $0["formatted"] == .null })
      }
      let element = try Tool.json("dump pinned \(path) --value-as u64")[0]
      #expect(element["formatted"]["key"]["first"] == .integer(1))
      #expect(element["formatted"]["value"] == .integer(2))
      #expect(element["decoded"]["value"] == .integer(2) && element["decoded"]["key"].bytes == key)
      #expect(try Tool.succeed("next pinned \(path) --raw") == HexDigits.text(key) + "\n")
      #expect(try Tool.succeed("next pinned \(path) --key-as u32,u32") == "1 0\n")
      let next = try Tool.json("next pinned \(path)")
      #expect(next["formatted"]["key"] == .null && next["formatted"]["next_key"]["first"] == .integer(1))
    }
  }

  @Test("Writes and checks values of a Bloom filter as JSON", .mapType(.bloomFilter))
  func bloomFilter() throws {
    try CompiledMaps.withMaps { maps in
      let path = maps.appending("seen")
      try Tool.succeed(#"push pinned \#(path) --value {"first":1,"second":2}"#)
      let line = #"lookup pinned \#(path) --value {"first":1,"second":2}"#
      #expect(try Tool.succeed(line) == "may contain: {.first = 1, .second = 2}\n")
      #expect(try Tool.succeed(line + " --raw") == "may contain: 01 00 00 00 02 00 00 00\n")
      let answer = try Tool.json(line)
      #expect(answer["may_contain"] == .bool(true) && answer["formatted"]["value"]["second"] == .integer(2))
      #expect(try Tool.run(line: #"lookup pinned \#(path) --value {"first":3}"#).status == 2)
    }
  }

  @Test("show prints the names of the BTF types")
  func show() throws {
    try CompiledMaps.withMaps { maps in
      let expected = [
        ("events", "u32", "struct many"), ("pairs", "struct pair", "s64"), ("seen", nil, "struct pair"),
      ]
      for (name, key, value) in expected where try name != "seen" || MapType.bloomFilter.isSupported() {
        let shown = try Tool.json("show pinned \(maps.appending(name))")
        #expect(shown["key_type"].string == key && shown["value_type"].string == value, "\(name)")
      }
      let text = try Tool.succeed("show pinned \(maps.appending("cpu_numbers"))")
      #expect(text.contains("4 B, u32\n") && text.contains("8 B for each CPU, u64\n"))
    }
  }

  // MARK: - Errors

  @Test("Errors for invalid JSON name the option, the map and the member")
  func errors() throws {
    try CompiledMaps.withMaps { maps in
      let (events, numbers) = (maps.appending("events"), maps.appending("cpu_numbers"))
      let lines = [
        ("update pinned \(events) --key -1 --value {}", ["--key", "map 'events'"]),
        ("update pinned \(events) --key 1 --value {\"byte\":256}", ["--value", "'byte'", "8 bits"]),
        ("update pinned \(events) --key 1 --value {\"bite\":1}", ["--value", "'bite'", "byte, small"]),
        ("update pinned \(events) --key 1 --value {", ["--value", "not valid JSON"]),
        ("update pinned \(events) --key 1", ["--value JSON"]),
        ("update pinned \(events) key u32:1 --key 1 --value {}", ["given twice"]),
        ("lookup pinned \(events) --key 1 --value {}", ["a key only"]),
        ("lookup pinned \(events)", ["--key"]),
        ("update pinned \(numbers) --key 1 --value 1", ["--all-cpus", "array"]),
        ("update pinned \(numbers) --key 1 --value []", ["0 values"]),
        ("update pinned \(numbers) --key 1 --value [1] --all-cpus", ["expected an integer, found an array"]),
        (
          "update pinned \(maps.appending("types_data")) --key 0 --value {}",
          ["type of its key", "key u32:42"]
        ),
      ]
      for (line, parts) in lines {
        let command = try Tool.run(line: line)
        #expect(command.status == 64 && command.standardOutput.isEmpty, "\(line)")
        for part in parts {
          #expect(command.standardError.contains(part), "\(line): \(command.standardError)")
        }
        let json = try Tool.run(line: line + " --json")
        #expect(json.status == 64, "\(line)")
        #expect(try JSON(parsing: json.standardOutput)["error"].string != nil, "\(line)")
      }
    }
  }

  @Test("Shows a map without BTF as bytes, and rejects JSON")
  func withoutTypes() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      try Tool.succeed("create --type hash --key-size 4 --value-size 1 --max-entries 2 --pin \(path)")
      try Tool.succeed("update pinned \(path) key 1 0 0 0 value 5")
      #expect(try Tool.succeed("dump pinned \(path)") == "key: 01 00 00 00  value: 05\n")
      #expect(try Tool.json("dump pinned \(path)")[0]["formatted"] == .null)
      #expect(try Tool.json("show pinned \(path)")["key_type"] == .null)
      let refused = try Tool.run(line: "lookup pinned \(path) --key 1")
      #expect(refused.status == 64 && refused.standardError.contains("has no BTF"))
    }
  }

  @Test("Shows bytes if BTF cannot be read")
  func unprivileged() throws {
    try CompiledMaps.withMaps { maps in
      let path = maps.appending("pairs")
      try Tool.succeed(#"update pinned \#(path) --key {"first":1} --value 2"#)
      // CAP_BPF is sufficient for the map, but not to open BTF by id.
      let limits = ["--bounding-set=-all,+bpf,+dac_override", "--inh-caps=-all,+bpf,+dac_override"]
      func run(_ words: String...) throws -> Command {
        try Command.run("setpriv", limits + [Tool.path] + words)
      }
      let dump = try run("dump", "pinned", path.string)
      #expect(dump.status == 0 && dump.standardError.isEmpty)
      #expect(dump.standardOutput.hasSuffix("value: 02 00 00 00 00 00 00 00\n"), "\(dump.standardOutput)")
      let lookup = try run("lookup", "pinned", path.string, "--key", "{}")
      #expect(lookup.status == 1 && lookup.standardError.contains("CAP_SYS_ADMIN"))
      #expect(lookup.standardError.contains("map 'pairs'"))
    }
  }
}
