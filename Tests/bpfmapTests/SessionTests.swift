//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import SystemPackage
import Testing

/// A session of commands whose effects bpftool confirms. It runs on every kernel of the matrix, so it uses only what the
/// oldest one has.
@Suite("A session of bpfmap with bpftool", .bpftool)
struct SessionTests {
  /// Runs a command line and checks its exit status.
  @discardableResult
  private func status(_ expected: Int32, _ line: String) throws -> Command {
    let command = try Tool.run(line: line)
    #expect(command.status == expected, "bpfmap \(line): \(command.standardOutput)\(command.standardError)")
    return command
  }

  @Test("Writes, reads and deletes elements of a hash, and refuses those that do not fit")
  func elements() throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("hash").string, UniqueName.next())
      try status(
        0, "create --type hash --key-size 4 --value-size 8 --max-entries 3 --name \(name) --pin \(path)")
      try status(0, "update pinned \(path) key ipv4:10.0.0.1 value u64:42")
      try status(0, "update name \(name) key 0a 00 00 02 value 0x2b00000000000000")
      try status(0, "update pinned \(path) key dec 10 0 0 3 value u64:44")
      #expect(
        try status(1, "update pinned \(path) key u32:4 value u64:45").standardError.contains("max_entries 3"))
      for wrong in ["key u16:4 value u64:45", "key u32:4294967296 value u64:45", "--key 42 --value 1"] {
        try status(64, "update pinned \(path) \(wrong)")
      }
      try status(0, "lookup pinned \(path) key ipv4:10.0.0.1")
      try status(2, "lookup pinned \(path) key ipv4:10.0.0.9")
      try status(2, "lookup pinned \(path)-none key u32:1")
      #expect(try Tool.succeed("count pinned \(path)") == "3\n")
      for command in ["dump pinned \(path)", "show pinned \(path)", "list"] { try status(0, command) }
      #expect(try Tool.json("dump pinned \(path)") == Bpftool.run("map", "dump", "pinned", path))
      #expect(try Tool.json("next pinned \(path)") == Bpftool.run("map", "getnext", "pinned", path))
      try status(0, "delete pinned \(path) key ipv4:10.0.0.1")
      try status(2, "delete pinned \(path) key ipv4:10.0.0.1")
      try status(0, "clear pinned \(path)")
      #expect(try Bpftool.run("map", "dump", "pinned", path).array.isEmpty)
    }
  }

  @Test("Pins, unpins and freezes a map")
  func pinsAndFreezing() throws {
    try withBPFFileSystem { directory in
      let (path, name) = (directory.appending("hash").string, UniqueName.next())
      let (queue, second) = (directory.appending("queue").string, directory.appending("second").string)
      try status(
        0, "create --type hash --key-size 4 --value-size 8 --max-entries 3 --name \(name) --pin \(path)")
      try status(0, "create --type queue --key-size 0 --value-size 4 --max-entries 2 --pin \(queue)")
      try status(0, "pin name \(name) \(second)")
      #expect(
        try Bpftool.run("map", "show", "pinned", second)["id"]
          == Bpftool.run("map", "show", "pinned", path)["id"])
      try status(1, "unpin pinned \(queue) \(second)")
      try status(0, "unpin name \(name) \(second)")
      try status(2, "show pinned \(second)")
      try status(0, "freeze pinned \(path)")
      #expect(try Bpftool.run("map", "show", "pinned", path)["frozen"] == .integer(1))
      try status(1, "update pinned \(path) key u32:4 value u64:45")
    }
  }

  @Test("A queue is full, then empty")
  func queue() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("queue").string
      try status(0, "create --type queue --key-size 0 --value-size 4 --max-entries 2 --pin \(path)")
      try status(0, "push pinned \(path) value u32:1")
      try status(0, "push pinned \(path) value u32:2")
      try status(1, "push pinned \(path) value u32:3")
      #expect(try Tool.json("peek pinned \(path)") == Bpftool.run("map", "peek", "pinned", path))
      for number in 1...2 {
        #expect(try Tool.succeed("pop pinned \(path) --value-as u32") == "value: \(number)\n")
      }
      try status(2, "pop pinned \(path)")
      try status(1, "histogram pinned \(path)")
    }
  }

  @Test("A histogram adds up the counts that bpftool writes for all CPUs")
  func histogram() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("slots").string
      try status(
        0, "create --type percpu_array --key-size 4 --value-size 4 --max-entries 27 --pin \(path)")
      for (slot, count) in [("4", "2"), ("3", "7")] {
        try Bpftool.run(
          "map", "update", "pinned", path, "key", slot, "0", "0", "0", "value", count, "0", "0", "0")
      }
      let cpus = try PossibleCPUs.current().ids.count
      #expect(
        try Tool.json("histogram pinned \(path) --unit usecs")
          == JSON(
            parsing: """
              [{"key": null, "title": "", "slots": [{"from": 8, "to": 15, "count": \(7 * cpus)},
                {"from": 16, "to": 31, "count": \(2 * cpus)}]}]
              """))
    }
  }

  @Test("watch prints the changes that bpftool makes")
  func watch() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("map").string
      try status(0, "create --type hash --key-size 4 --value-size 8 --max-entries 3 --pin \(path)")
      try status(0, "update pinned \(path) key u32:1 value u64:42")
      try withTemporaryDirectory { results in
        let script = """
          "$0" watch pinned "$1" --key-as u32 --value-as u64 --interval 0.02 --duration 500 >"$2" & pid=$!
          shown() { until grep -q "$1" "$log"; do kill -0 $pid || exit 1; sleep 0.02; done; }
          log=$2
          shown '^watching'
          bpftool map update pinned "$1" key 1 0 0 0 value 45 0 0 0 0 0 0 0; shown '^~'
          bpftool map update pinned "$1" key 7 0 0 0 value 1 0 0 0 0 0 0 0; shown '^+'
          bpftool map delete pinned "$1" key 1 0 0 0; shown '^-'
          kill -TERM $pid
          wait $pid; echo "status $?"
          """
        let log = results.appending("log")
        let ending = try Command.run("bash", ["-c", script, Tool.path, path, log.string])
        #expect(ending.standardOutput == "status 0\n", "\(ending.standardError)")
        let lines = try String(contentsOfFile: log.string, encoding: .utf8).split(separator: "\n")
        try #require(lines.count == 5)
        #expect(lines[0].wholeMatch(of: /watching map .*: 1 element, every 0\.02 s/) != nil)
        #expect(lines[1].wholeMatch(of: /~ [0-9:.]*  key: 1  value: 42 → 45  \+3 \([0-9.]*\/s\)/) != nil)
        #expect(lines[2].wholeMatch(of: /\+ [0-9:.]*  key: 7  value: 1/) != nil)
        #expect(lines[3].wholeMatch(of: /- [0-9:.]*  key: 1  value: 45/) != nil)
        // On a slow machine, the summary goes on with the number of rounds skipped.
        #expect(
          lines[4].prefixMatch(of: /[0-9]+ rounds in .*: 1 added, 1 changed, 1 removed; 1 element/) != nil)
      }
    }
  }

  @Test("bpftool shows the link of top while it runs, and not afterwards")
  func top() throws {
    try withTemporaryDirectory { results in
      let script = """
        "$0" top --interval 0.2 --duration 55 --json >"$1" & pid=$!
        until [ -s "$1" ]; do kill -0 $pid || exit 1; sleep 0.1; done
        link=$(sed -n 's/^link_id:[[:space:]]*//p' /proc/$pid/fdinfo/* | head -n 1)
        bpftool -j link show id "$link"
        kill -TERM $pid
        wait $pid; echo "status $?"
        bpftool link show id "$link" >/dev/null 2>&1 || echo gone
        """
      let reports = results.appending("reports")
      let ending = try Command.run("bash", ["-c", script, Tool.path, reports.string])
      let lines = ending.standardOutput.split(separator: "\n").map(String.init)
      try #require(lines.count == 3, "\(ending.standardOutput)\(ending.standardError)")
      let link = try JSON(parsing: lines[0])
      #expect(link["type"] == .string("raw_tracepoint") && link["tp_name"] == .string("sys_enter"))
      #expect(lines[1...] == ["status 0", "gone"])
      let text = try String(contentsOfFile: reports.string, encoding: .utf8)
      #expect(text.hasPrefix(#"{"time":"#) && text.contains(#""processes":[{"pid":"#))
    }
  }
}
