//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

/// Runs the command while the map changes.
@Suite("bpfmap watch", .kernel)
struct WatchCommandTests {
  /// Runs `body` with a pinned map that contains key 1 with the value 0.
  private func withMap(_ body: (_ map: MapHandle, _ path: String) throws -> Void) throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 100)
      try map.pin(at: path)
      try map.update(Self.key, to: FieldType.hostOrder(UInt64(0)))
      try body(map, path.string)
    }
  }

  private static let key = FieldType.hostOrder(UInt32(1))

  /// Runs a bash script. The tool is `$0`, and the map's path is `$1`.
  private func bash(_ script: String, _ path: String) throws -> Command {
    try Command.run("bash", ["-c", script, Tool.path, path])
  }

  private func lines(_ text: String) throws -> [JSON] {
    try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
  }

  /// Increments the value of key 1 while a command runs.
  private func whileCounting(_ map: MapHandle, _ body: () throws -> Command) throws -> Command {
    let isOver = Flag()
    let writer = Worker.start {
      var number: UInt64 = 0
      while !isOver.isSet {
        number += 1
        try map.update(Self.key, to: FieldType.hostOrder(number))
      }
    }
    let command = Result { try body() }
    isOver.set()
    _ = try writer.join()
    return try command.get()
  }

  @Test(
    "Each change starts at the previous value, with the correct difference",
    arguments: ["", "key u32:1"])
  func chain(key: String) throws {
    try withMap { map, path in
      let script = """
        "$0" watch pinned "$1" \(key) --value-as u64 --interval 0.02 --initial --json | head -6
        echo "${PIPESTATUS[0]}" >&2
        """
      let command = try whileCounting(map) { try bash(script, path) }
      #expect(command.standardError == "0\n")
      let changes = try lines(command.standardOutput)
      #expect(changes.count == 6 && changes[0]["change"] == .string("initial"))
      var (value, time) = (changes[0]["decoded"]["value"], 0.0)
      for change in changes.dropFirst() {
        #expect(change["change"] == .string("changed") && change["key"].bytes == Self.key)
        #expect(change["decoded"]["old"] == value)
        let (old, new) = (value.integer ?? 0, change["decoded"]["value"].integer ?? 0)
        #expect(new > old && change["difference"] == .integer(new - old))
        let now = number(change["time"])
        #expect(number(change["rate"]) > 0 && now > time)
        (value, time) = (change["decoded"]["value"], now)
      }
    }
  }

  /// Returns a number; 0 for other JSON values.
  private func number(_ json: JSON) -> Double {
    if case .number(let number) = json { number } else { Double(json.integer ?? 0) }
  }

  @Test("The summary contains the number of changes")
  func summary() throws {
    try withMap { map, path in
      let command = try whileCounting(map) {
        try Tool.run(line: "watch pinned \(path) --value-as u64 --interval 0.02 --count 5 --json")
      }
      #expect(command.status == 0)
      let summary = try JSON(parsing: command.standardError)
      #expect(summary["rounds"] == .integer(5) && summary["elements"] == .integer(1))
      #expect(summary["changed"] == .integer(try lines(command.standardOutput).count))
      #expect(summary["added"] == .integer(0) && summary["removed"] == .integer(0))
    }
  }

  @Test("Treats members of structures and sums of CPUs as counters", .bpftool)
  func typed() throws {
    try CompiledMaps.withMaps { maps in
      let counters = try [Counter](
        #require(MapHandle(pinnedAt: maps.appending("events")).elementTypes()?.value))
      let names = counters.map(\.name)
      #expect(
        names == [
          "byte", "small", "count", "delta", "total", "offset", "inner[0].a", "inner[1].a", "deep.nested",
          "matrix[0][0]", "matrix[0][1]", "matrix[1][0]", "matrix[1][1]",
        ])
      #expect(
        counters.filter(\.isSigned).map(\.name) == ["small", "delta", "offset", "inner[0].a", "inner[1].a"])

      let events = try MapHandle(pinnedAt: maps.appending("events"))
      let type = try #require(try events.elementTypes()?.value)
      try events.update(Self.key, to: type.bytes(json: #"{"total":5,"matrix":[[1,2],[3,4]]}"#))
      var watcher = try MapWatcher(events)
      _ = try watcher.readRound { _, _, _, _ in }
      try events.update(Self.key, to: type.bytes(json: #"{"total":8,"delta":-3,"matrix":[[1,2],[7,4]]}"#))
      for isJSON in [false, true] {
        var text = ChangeText(
          try events.shape(), value: FieldFormat(type: type), valueType: type, isJSON: isJSON)
        var copy = watcher
        var output: [UInt8] = []
        _ = try copy.readRound { change, key, value, old in
          text.append(
            change, key: key, value: value, old: old, at: RoundTime(.now, sinceLast: .seconds(1)), to: &output
          )
        }
        let line = String(decoding: output, as: UTF8.self)
        if isJSON {
          let change = try JSON(parsing: line)
          #expect(
            change["difference"]
              == .object(["total": .integer(3), "delta": .integer(-3), "matrix[1][0]": .integer(4)]))
          #expect(change["formatted"]["value"]["total"] == .integer(8))
          #expect(change["formatted"]["old"]["total"] == .integer(5))
        } else {
          #expect(line.hasSuffix("}  delta -3 (-3/s), total +3 (3/s), matrix[1][0] +4 (4/s)\n"))
          #expect(line.contains(".total = 5,") && line.contains(" → {") && line.contains(".total = 8,"))
        }
      }
      let numbers = try Tool.succeed(
        "watch pinned \(maps.appending("cpu_numbers")) --key 3 --initial --count 1")
      #expect(numbers.hasPrefix("= ") && numbers.contains("  key: 3  sum: 0\n"))
      let variables = try #require(MapHandle(pinnedAt: maps.appending("types_data")).elementTypes()?.value)
      #expect(Set([Counter](variables).map(\.name)) == ["both.first", "both.second", "number"])
    }
  }

  @Test("SIGTERM and SIGINT end the command with a summary and status 0", arguments: ["TERM", "INT"])
  func signals(name: String) throws {
    try withMap { _, path in
      try withTemporaryDirectory { directory in
        // Job control is required: otherwise, the shell makes background processes ignore SIGINT.
        let script = """
          set -m
          "$0" watch pinned "$1" --interval 3600 >\(directory)/out & pid=$!
          until grep -q watching \(directory)/out; do sleep 0.02; done
          kill -\(name) $pid
          wait $pid
          echo "status $?"
          cat \(directory)/out
          """
        let output = try bash(script, path).standardOutput.split(separator: "\n")
        #expect(output.first == "status 0")
        #expect(output.contains { $0.hasPrefix("watching map") && $0.hasSuffix("1 element, every 3600 s") })
        #expect(output.last?.hasPrefix("0 rounds in ") == true)
        #expect(output.last?.hasSuffix(": 0 added, 0 changed, 0 removed; 1 element") == true)
      }
    }
  }

  @Test("Ends when the pipe is closed, before the next write")
  func closedPipe() throws {
    try withMap { _, path in
      let command = try bash(
        #""$0" watch pinned "$1" --interval 3600 | head -1; echo "status ${PIPESTATUS[0]}""#, path)
      #expect(command.standardOutput.hasSuffix("every 3600 s\nstatus 0\n"))
      #expect(command.standardError.isEmpty)
    }
  }

  @Test("Rejects invalid maps and options before printing anything")
  func errors() throws {
    try withMap { _, path in
      let queue = FilePath(path).removingLastComponent().appending("queue").string
      try Tool.succeed("create --type queue --value-size 4 --max-entries 1 --pin \(queue)")
      let lines: [(String, Int32, String)] = [
        ("watch pinned \(queue)", 1, "without removing values"),
        ("watch pinned \(queue)x", 2, "queuex"),
        ("watch pinned \(path) --interval 0", 64, "--interval"),
        ("watch pinned \(path) --interval nan", 64, "--interval"),
        ("watch pinned \(path) --duration 1e9", 64, "--duration"),
        ("watch pinned \(path) --count 0", 64, "--count"),
        ("watch pinned \(path) key u16:1", 64, "the key of"),
        ("watch pinned \(path) key u32:1 value u64:1", 64, "value"),
        ("watch pinned \(path) --value-as u32", 64, "the value of"),
      ]
      for (line, status, reason) in lines {
        let command = try Tool.run(line: line)
        #expect(command.status == status && command.standardOutput.isEmpty, "\(line)")
        #expect(command.standardError.contains(reason), "\(command.standardError)")
      }
    }
  }

  @Test("Uses colors only at a terminal")
  func noColors() throws {
    try withMap { _, path in
      let output = try Tool.succeed("watch pinned \(path) --initial --count 1 --interval 0.01")
      #expect(output.hasPrefix("= ") && !output.contains("\u{1b}"))
    }
  }
}
