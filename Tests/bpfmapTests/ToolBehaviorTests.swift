//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

/// Tests exit statuses, errors and output streams.
@Suite("bpfmap on the live kernel", .kernel)
struct ToolBehaviorTests {
  /// Runs `body` with a pinned hash map that has one element, with the u32 key 1 and value 2.
  private func withHash(_ body: (_ path: String, _ name: String) throws -> Void) throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("map").string, UniqueName.next())
      try Tool.succeed(
        "create --type hash --key-size 4 --value-size 4 --max-entries 2 --name \(name) --pin \(path)")
      try Tool.succeed("update pinned \(path) key u32:1 value u32:2")
      try body(path, name)
    }
  }

  @Test("Finds a map by path, name and id")
  func selectors() throws {
    try withHash { path, name in
      let id = try #require(try Tool.json("show pinned \(path)")["id"].integer)
      let expected = "key: \(HexDigits.text(FieldType.hostOrder(UInt32(1))))  value: 2\n"
      for map in ["pinned \(path)", "name \(name)", "id \(id)"] {
        #expect(try Tool.succeed("lookup \(map) key u32:1 --value-as u32") == expected)
      }
    }
  }

  @Test("Exits with status 2 and an error if a key, map or pin is not found")
  func notFound() throws {
    try withHash { path, name in
      let queue = FilePath(path).removingLastComponent().appending("queue").string
      try Tool.succeed("create --type queue --value-size 4 --max-entries 1 --pin \(queue)")
      let lines = [
        "lookup pinned \(path) key u32:9", "delete pinned \(path) key u32:9",
        "update pinned \(path) key u32:9 value u32:1 --exist", "next pinned \(path) key u32:1",
        "show pinned \(path)x", "show name \(name)x", "show id 4294967295", "pop pinned \(queue)",
        "peek pinned \(queue)", "unpin pinned \(path)x",
      ]
      for line in lines {
        let plain = try Tool.run(line: line)
        #expect(plain.status == 2, "\(line)")
        #expect(plain.standardOutput.isEmpty, "\(line)")
        #expect(plain.standardError.hasPrefix("bpfmap: "), "\(line)")
        let json = try Tool.run(line: "--json " + line)
        #expect(json.status == 2, "\(line)")
        #expect(json.standardError.isEmpty, "\(line)")
        let error = try JSON(parsing: json.standardOutput)
        #expect(error["code"] == .string("not_found"), "\(line)")
        #expect("bpfmap: \(error["error"].string ?? "")\n" == plain.standardError, "\(line)")
      }
    }
  }

  @Test("Exits with status 1 if an operation fails, with the errno in JSON")
  func failed() throws {
    try withHash { path, _ throws in
      let lines = [
        ("update pinned \(path) key u32:1 value u32:1 --no-exist", "already_exists", "EEXIST", 17),
        ("pin pinned \(path) \(path)", "already_exists", "EEXIST", 17),
      ]
      for (line, code, name, number) in lines {
        let command = try Tool.run(line: line + " -j")
        #expect(command.status == 1, "\(line)")
        let error = try JSON(parsing: command.standardOutput)
        #expect(error["code"] == .string(code), "\(line)")
        #expect(error["errno"] == .object(["name": .string(name), "number": .integer(number)]), "\(line)")
        #expect(error["map_id"].integer != nil, "\(line)")
      }
      try Tool.succeed("freeze pinned \(path)")
      let frozen = try Tool.run(line: "update pinned \(path) key u32:1 value u32:1 --json")
      #expect(frozen.status == 1)
      #expect(try JSON(parsing: frozen.standardOutput)["code"] == .string("frozen"))
    }
  }

  @Test("Exits with status 64 for a wrong command line, and changes nothing")
  func usage() throws {
    try withHash { path, _ throws in
      let lines = [
        "nosuch", "show", "show foo bar", "lookup pinned \(path)",
        "lookup pinned \(path) key u32:1 value u32:1",
        "update pinned \(path) key u32:1", "update pinned \(path) key u32:1 value u64:1",
        "update pinned \(path) key u16:1 value u32:3", "update pinned \(path) key 10 20 30 40 value u32:3",
        "update pinned \(path) key u32:1 value u32:3 --all-cpus",
        "update pinned \(path) key u32:1 value cpu0 u32:3",
        "update pinned \(path) key u32:1 value pinned \(path)", "help nosuch",
        "dump pinned \(path) --key-as u64", "pin pinned \(path)",
        "create --type hash --key-size 4 --value-size 4 --max-entries 1",
        "create --type nosuch --pin \(path)x",
        "update pinned \(path) key u32:1 value u32:3 --exist --no-exist", "dump pinned \(path) --nosuch",
      ]
      for line in lines {
        let plain = try Tool.run(line: line)
        #expect(plain.status == 64, "\(line)")
        #expect(plain.standardOutput.isEmpty && plain.standardError.hasPrefix("bpfmap: "), "\(line)")
        let json = try Tool.run(line: line + " --json")
        #expect(json.status == 64, "\(line)")
        #expect(try JSON(parsing: json.standardOutput)["code"] == .string("usage"), "\(line)")
      }
      #expect(try Tool.succeed("dump pinned \(path) --key-as u32 --value-as u32") == "key: 1  value: 2\n")
    }
  }

  @Test("Commands without a result print null in JSON, and nothing in text")
  func silence() throws {
    try withHash { path, _ throws in
      for line in ["update pinned \(path) key u32:1 value u32:3", "pin pinned \(path) \(path)2"] {
        #expect(try Tool.succeed(line) == "")
      }
      for line in ["unpin pinned \(path)2", "delete pinned \(path) key u32:1", "freeze pinned \(path)"] {
        #expect(try Tool.json(line) == .null)
      }
    }
  }

  @Test("clear and count print numbers")
  func numbers() throws {
    try withHash { path, _ throws in
      #expect(try Tool.succeed("count pinned \(path)") == "1\n")
      #expect(try Tool.json("clear pinned \(path)") == .object(["deleted": .integer(1)]))
      #expect(try Tool.json("count pinned \(path)") == .object(["count": .integer(0)]))
      #expect(try Tool.succeed("dump pinned \(path)") == "")
      #expect(try Tool.json("dump pinned \(path)") == .array([]))
    }
  }

  @Test("clear and count print no number for maps whose elements cannot be read")
  func unknownNumbers() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("sockets").string
      try Tool.succeed("create --type xskmap --key-size 4 --value-size 4 --max-entries 8 --pin \(path)")
      #expect(try Tool.succeed("clear pinned \(path)") == "cleared\n")
      #expect(try Tool.json("clear pinned \(path)") == .object(["deleted": .null]))
      let count = try Tool.run(line: "count pinned \(path) --json")
      #expect(count.status == 1)
      #expect(try JSON(parsing: count.standardOutput)["code"] == .string("unsupported"))
    }
  }

  @Test("Checks for a value in a Bloom filter")
  func bloomFilter() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("filter").string
      try Tool.succeed("create --type bloom_filter --value-size 4 --max-entries 100 --pin \(path)")
      try Tool.succeed("push pinned \(path) value u32:1")
      #expect(try Tool.json("lookup pinned \(path) value u32:1")["may_contain"] == .bool(true))
      let absent = try Tool.run(line: "lookup pinned \(path) value u32:2 --json")
      #expect(absent.status == 2)
      #expect(try JSON(parsing: absent.standardOutput)["may_contain"] == .bool(false))
    }
  }

  @Test("create passes all options to the kernel")
  func createOptions() throws {
    try withBPFFileSystem { directory in
      let btf = try FixtureDescriptor.btf()
      let path = directory.appending("map").string
      let line =
        "create --type hash --key-size 4 --value-size 8 --max-entries 1 --numa-node 0 --btf-fd 9"
        + " --btf-key-type \(FixtureBTF.int32) --btf-value-type \(FixtureBTF.uint64) --pin \(path) --json"
      let command = try Command.run(
        Tool.path, line.split(separator: " ").map(String.init), inheriting: [9: btf])
      #expect(command.status == 0, "\(command.standardOutput)")
      let map = try JSON(parsing: command.standardOutput)
      #expect(map["btf_id"].integer != nil)
      #expect(map["btf_key_type_id"] == .integer(Int(FixtureBTF.int32)))
      #expect(map["btf_value_type_id"] == .integer(Int(FixtureBTF.uint64)))
      #expect(map["flags"] == .integer(Int(MapCreateFlags.numaNode.rawValue)))
      for option in ["--token-fd 99", "--ifindex 999999", "--flags 0x40000000"] {
        let refused = try Tool.run(
          line: "create --type hash --key-size 4 --value-size 8 --max-entries 1 --pin \(path)2 \(option)")
        #expect(refused.status == 1, "\(option) reaches the kernel, which rejects it")
      }
      let hash = String(repeating: "ab", count: 32)
      let exclusive = "create --type array --key-size 4 --value-size 8 --max-entries 1 --exclusive-program"
      try Tool.succeed("\(exclusive) \(hash) --pin \(path)3")
      #expect(try Tool.run(line: "\(exclusive) \(hash.dropLast(2)) --pin \(path)4").status == 64)
    }
  }

  @Test("The error without capabilities names the missing one")
  func unprivileged() throws {
    let drop = ["--reuid", "65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    for line in ["list", "show id 1", "show name x"] {
      let words = line.split(separator: " ").map(String.init)
      let command = try Command.run("setpriv", drop + [Tool.path] + words)
      #expect(command.status == 1, "\(line)")
      #expect(command.standardError.contains("CAP_SYS_ADMIN"), "\(command.standardError)")
    }
  }

  // MARK: - Streams

  /// Runs `body` with a pinned hash. Its dump exceeds all buffers.
  private func withLargeHash(_ body: (_ path: String, _ count: Int) throws -> Void) throws {
    try withBPFFileSystem { directory in
      let (path, count) = (directory.appending("large"), 6000)
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: count)
      let keys = (0..<count).flatMap { FieldType.hostOrder(UInt32($0)) }
      let values = (0..<count).flatMap { FieldType.hostOrder(UInt64($0) * 3) }
      try #require(try map.updateBatch(keys: keys, values: values, count: count) == count)
      try map.pin(at: path)
      try body(path.string, count)
    }
  }

  @Test("A dump of many batches contains each element once, in every format")
  func largeDump() throws {
    try withLargeHash { path, count in
      let lines = try Tool.succeed("dump pinned \(path) --key-as u32 --value-as u64").split(separator: "\n")
      #expect(Set(lines) == Set((0..<count).map { "key: \($0)  value: \($0 * 3)" }))
      #expect(lines.count == count)
      let plain = try Tool.succeed("dump pinned \(path)").split(separator: "\n")
      let expected = (0..<count).map {
        let (key, value) = (FieldType.hostOrder(UInt32($0)), FieldType.hostOrder(UInt64($0) * 3))
        return "key: \(HexDigits.text(key))  value: \(HexDigits.text(value))"
      }
      #expect(plain.count == count && plain.sorted() == expected.sorted().map { Substring($0) })
      let json = try Tool.json("dump pinned \(path)").array
      #expect(json.count == count)
      #expect(Set(json.map { $0["key"].bytes }).count == count)
    }
  }

  @Test("A closed pipe ends a dump quietly", arguments: ["", "--json"])
  func closedPipe(option: String) throws {
    try withLargeHash { path, _ throws in
      let script = "\"$0\" dump pinned \"$1\" \(option) | head -n 1; echo ${PIPESTATUS[0]}"
      let command = try Command.run("bash", ["-c", script, Tool.path, path])
      #expect(command.standardError == "")
      let lines = command.standardOutput.split(separator: "\n")
      #expect(lines.count == 2 && lines.first?.contains("key") == true)
      #expect(lines.last == "0")
    }
  }

  @Test("Fails if the output cannot be written")
  func fullDevice() throws {
    try withHash { path, _ throws in
      let command = try Command.run("bash", ["-c", "\"$0\" dump pinned \"$1\" > /dev/full", Tool.path, path])
      #expect(command.status == 1)
      #expect(command.standardError.contains("standard output"))
    }
  }

  @Test(
    "The error for maps that cannot be dumped names another command, as text and as JSON",
    arguments: [("queue", "'pop'"), ("stack", "'peek'"), ("bloom_filter", "'lookup MAP value DATA'")])
  func unreadable(type: String, hint: String) throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      try Tool.succeed("create --type \(type) --value-size 4 --max-entries 1 --pin \(path)")
      let command = try Tool.run(line: "dump pinned \(path) --json")
      #expect(command.status == 1)
      let error = try JSON(parsing: command.standardOutput)
      #expect(error["error"].string?.contains(hint) == true)
      #expect(error["code"] == .string("unsupported"))
    }
  }

  @Test(
    "Exits with status 1 if the map's type does not support the command",
    arguments: [
      (
        "queue",
        ["dump", "count", "next", "lookup key u32:1", "delete key u32:1", "update key u32:1 value u32:1"]
      ),
      ("bloom_filter", ["dump", "count", "clear", "next", "pop", "peek", "delete key u32:1"]),
      ("ringbuf", ["dump", "count", "clear", "next", "pop", "lookup key u32:1"]),
      ("hash", ["push value u32:1", "pop", "peek"]),
    ])
  func unsuited(type: String, commands: [String]) throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      let (keySize, valueSize, entries) =
        switch type {
        case "ringbuf": (0, 0, pageSize)
        case "queue", "bloom_filter": (0, 4, 1)
        default: (4, 4, 2)
        }
      try Tool.succeed(
        "create --type \(type) --key-size \(keySize) --value-size \(valueSize) --max-entries \(entries) --pin \(path)"
      )
      for command in commands {
        let words = command.split(separator: " ", maxSplits: 1)
        let line = "\(words[0]) pinned \(path) \(words.dropFirst().joined())"
        let answer = try Tool.run(line: line)
        #expect(answer.status == 1, "\(line): \(answer.standardError)")
        #expect(answer.standardError.hasPrefix("bpfmap: "), "\(line)")
      }
    }
  }

  @Test("Exits with status 64 for invalid names and paths")
  func names() throws {
    try withBPFFileSystem { directory throws in
      let path = directory.appending("map").string
      let line = "create --type array --key-size 4 --value-size 4 --max-entries 1 --name"
      for name in ["a-b", "sixteen_letters_"] {
        #expect(try Tool.run(line: "\(line) \(name) --pin \(path)").status == 64)
      }
      #expect(try Tool.run(line: "\(line) good --pin \(path).dot").status == 64)
      let emptyPin = line.split(separator: " ").map(String.init) + ["good", "--pin", ""]
      #expect(try Command.run(Tool.path, emptyPin).status == 64)
    }
  }

  @Test("Prints a JSON error to standard error if standard output cannot be written")
  func errorToFullDevice() throws {
    let missing = try Command.run("bash", ["-c", "\"$0\" show id 4294967295 --json > /dev/full", Tool.path])
    #expect(missing.status == 2)
    #expect(try JSON(parsing: missing.standardError)["code"] == .string("not_found"))
    try withHash { path, _ throws in
      let dump = try Command.run(
        "bash", ["-c", "\"$0\" dump pinned \"$1\" --json > /dev/full", Tool.path, path])
      #expect(dump.status == 1)
      #expect(try JSON(parsing: dump.standardError)["errno"]["name"] == .string("ENOSPC"))
    }
  }

  @Test("Escapes control characters")
  func controlCharacters() throws {
    try withHash { path, _ throws in
      try Tool.succeed("update pinned \(path) key 0x1b5b324a value 0x0a0a0041")
      let text = try Tool.succeed("lookup pinned \(path) key 0x1b5b324a --value-as str")
      #expect(text == "key: 1b 5b 32 4a  value: \\x0a\\x0a\n")
      #expect(try Tool.succeed("dump pinned \(path) --key-as str").contains(#"key: \x1b[2J"#))
    }
  }

  @Test("Updates and deletes elements of a pinned map with write permission only")
  func writeOnly() throws {
    try withHash { path, _ throws in
      _ = try Command.run("bash", ["-c", "chmod 755 \"$(dirname \"$1\")\"; chmod 222 \"$1\"", "sh", path])
      let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "bash", "-c"]
      // Pass the tool as a descriptor, since its directory may be accessible only to root.
      let tool = try FixtureDescriptor.opened(Tool.path)
      func run(_ line: String) throws -> Command {
        try Command.run("setpriv", nobody + ["exec /proc/self/fd/9 \(line)"], inheriting: [9: tool])
      }
      #expect(try run("update pinned \(path) key u32:1 value u32:9").status == 0)
      #expect(try Tool.succeed("lookup pinned \(path) key u32:1 --value-as u32").hasSuffix("value: 9\n"))
      #expect(try run("delete pinned \(path) key u32:1").status == 0)
      #expect(try run("lookup pinned \(path) key u32:1").status == 1)
    }
  }
}

/// Tests that do not require the kernel.
@Suite("Help")
struct HelpTests {
  @Test("Every command has help with an example, in at most 80 columns")
  func help() throws {
    let groups = BPFMapTool.configuration.groupedSubcommands.flatMap(\.subcommands)
    #expect(groups.count >= 16)
    for command in groups {
      let name = try #require(command.configuration.commandName)
      let help = try Tool.run("help", name)
      #expect(help.status == 0 && help.standardError.isEmpty)
      #expect(help.standardOutput.contains("bpfmap \(name)"), "\(name)")
      #expect(help.standardOutput.contains("Example"), "\(name)")
      let long = help.standardOutput.split(separator: "\n").filter { $0.count > 80 && !$0.hasPrefix("USAGE") }
      #expect(long.isEmpty, "\(name)")
    }
    #expect(try Tool.run("--help").standardOutput.contains("Exit status"))
  }

  @Test("Prints completion scripts", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let script = try Tool.run("--generate-completion-script", shell)
    #expect(script.status == 0)
    #expect(script.standardOutput.contains("bpfmap") && script.standardOutput.contains("percpu_hash"))
  }

  @Test("bash completes commands, types and map selectors")
  func bash() throws {
    let script = """
      PATH=$(dirname "$0"):$PATH; source <(bpfmap --generate-completion-script bash)
      for line in "du" "create --type perc" "lookup n" "lookup name x v"; do
        COMP_LINE="bpfmap $line"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=($COMP_LINE)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
        _bpfmap bpfmap "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"
      done
      """
    let command = try Command.run("bash", ["-c", script, Tool.path])
    #expect(
      command.standardOutput == "dump\npercpu_hash percpu_array percpu_cgroup_storage\nname\nvalue\n",
      "\(command.standardError)")
  }
}
