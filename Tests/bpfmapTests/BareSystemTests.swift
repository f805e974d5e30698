//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

/// Runs on systems without /proc, a BPF file system, or standard output.
@Suite("bpfmap without /proc, bpffs or standard output", .kernel)
struct BareSystemTests {
  // MARK: - No /proc

  @Test("Reads the command line without /proc", .notSanitized(.readsProc))
  func noProc() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 4)
    try map.update([1, 0, 0, 0], to: [2, 0, 0, 0])
    let command = try Tool.runScript(
      #"""
      mount -t tmpfs none /proc
      "$0" lookup id "$1" key 1 0 0 0; echo "status $?"
      "$0" delete id "$1" key 1 0 0 0; echo "status $?"
      "$0" delete id "$1" key 1 0 0 0; echo "status $?"
      "$0" nosuch; echo "status $?"
      """#, "\(map.id)")
    #expect(
      command.standardOutput
        == "key: 01 00 00 00  value: 02 00 00 00\nstatus 0\nstatus 0\nstatus 2\nstatus 64\n",
      "\(command.standardError)")
    #expect(try map.lookup([1, 0, 0, 0]) == nil)
  }

  // MARK: - No BPF file system

  /// Runs `body` with an object file that has a program and a variable.
  private func withObject(_ body: (FilePath) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let object = directory.appending("counter.bpf.o")
      try Toolchain.compile(
        #"int counter; __attribute__((section("socket"), used)) int nothing(void *context) { return counter++; }"#
          + #"char _license[] __attribute__((section("license"), used)) = "GPL";"#, to: object)
      try body(object)
    }
  }

  /// Runs `body` with the path of a pinned map.
  private func withPinnedMap(_ body: (String) throws -> Void) throws {
    try withBPFFileSystem { files in
      let pinned = files.appending("map").string
      try Tool.succeed("create \(Self.hash) --pin \(pinned)")
      try body(pinned)
    }
  }

  /// Unmounts all BPF file systems from /sys/fs/bpf.
  private static let uncover =
    "while [ $(stat -f -c %T /sys/fs/bpf) = bpf_fs ]; do umount -l /sys/fs/bpf; done;"
  private static let hash = "--type hash --key-size 4 --value-size 4 --max-entries 4"

  @Test("Pinning in /sys/fs/bpf mounts a missing BPF file system, with a notice")
  func mounts() throws {
    try withObject { object in
      try withPinnedMap { pinned in
        for command in [
          "create \(Self.hash) --pin /sys/fs/bpf/map", "pin pinned \(pinned) /sys/fs/bpf/map",
          "object load \(object) --pin /sys/fs/bpf/objects",
        ] {
          let script = Self.uncover + " \"$0\" \(command) && stat -f -c %T /sys/fs/bpf && ls /sys/fs/bpf"
          let run = try Tool.runScript(script)
          #expect(run.status == 0, "\(command): \(run.standardError)")
          #expect(run.standardError == "bpfmap: mounted a BPF file system on /sys/fs/bpf\n", "\(command)")
          #expect(run.standardOutput.contains("bpf_fs\n"), "\(command)")
          let again = try Tool.runScript(Self.uncover + " mount -t bpf bpf /sys/fs/bpf; \"$0\" \(command)")
          #expect(again.status == 0 && again.standardError.isEmpty, "\(command): \(again.standardError)")
        }
        let json = try Tool.runScript(
          Self.uncover + " \"$0\" create \(Self.hash) --pin /sys/fs/bpf/map --json")
        #expect(try JSON(parsing: json.standardError)["notice"].string?.contains("mounted") == true)
        #expect(try JSON(parsing: json.standardOutput)["id"].integer != nil)
        let missing = try Tool.runScript(
          Self.uncover + " \"$0\" create \(Self.hash) --pin /sys/fs/bpf/no/such")
        #expect(
          missing.status == 2
            && missing.standardError.contains("the directory '/sys/fs/bpf/no' does not exist"))
      }
    }
  }

  @Test("A command that does not pin mounts nothing, and its error names the missing file system")
  func readOnlyCommand() throws {
    let run = try Tool.runScript(
      Self.uncover + #" "$0" show pinned /sys/fs/bpf/a/map; stat -f -c %T /sys/fs/bpf"#)
    #expect(run.standardError.contains("no BPF file system is mounted on /sys/fs/bpf"))
    #expect(
      run.standardError.contains("'mount -t bpf bpf /sys/fs/bpf'") && !run.standardOutput.contains("bpf_fs"))
  }

  @Test("Pinning in another directory fails, with the mount command in the error")
  func otherFolders() throws {
    try withObject { object in
      try withPinnedMap { pinned in
        let directory = object.removingLastComponent()
        for (folder, make) in [
          (directory, ""), (directory.appending("new"), "mkdir -p \(directory)/new && "),
        ] {
          let sentence =
            "'\(folder)' is not on a BPF file system: pin in /sys/fs/bpf, or mount one there with "
            + "'\(make)mount -t bpf bpf \(folder)'\n"
          for line in [
            "create \(Self.hash) --pin \(folder)/map", "pin pinned \(pinned) \(folder)/map",
            "object load \(object) --pin \(folder)",
          ] {
            let run = try Tool.run(line: line)
            #expect(run.status == 1 && run.standardError.hasSuffix(sentence), "\(line): \(run.standardError)")
          }
        }
        #expect(try Command.run("ls", [directory.string]).standardOutput == "counter.bpf.o\n")
      }
    }
  }

  // MARK: - No standard output

  @Test(
    "Reports changes on standard error if standard output cannot be written",
    arguments: [(">&-", "EBADF"), (">/dev/full", "ENOSPC"), ("| true", "EPIPE")])
  func unwritableOutput(redirection: String, errno: String) throws {
    try withBPFFileSystem { directory in
      let (map, queue) = (directory.appending("map").string, directory.appending("queue").string)
      try Tool.succeed("create --type queue --value-size 4 --max-entries 4 --pin \(queue)")
      for _ in 0..<2 { try Tool.succeed("push \(queue) value 0x01020304") }
      // The pipe's reader ends before the tool starts.
      let wait = redirection == "| true" ? "sleep 0.2; " : ""
      func run(_ line: String) throws -> Command {
        let script = "set -o pipefail; { \(wait)\"$0\" \(line); } \(redirection)"
        return try Command.run("bash", ["-c", script, Tool.path])
      }
      for (line, effect) in [
        ("create \(Self.hash) --pin \(map)", "created map (id "),
        ("pop \(queue)", "01 02 03 04 was removed"),
        ("clear \(queue)", "was cleared"), ("update \(map) key u32:1 value u32:1 -j", "was written"),
        ("pin \(map) \(map)2 -j", "pinned at \(map)2"), ("unpin \(map)2 -j", "\(map)2 was removed"),
        ("delete \(map) key u32:1 -j", "was deleted"), ("freeze \(map) -j", "was frozen"),
      ] {
        let command = try run(line)
        #expect(command.status == 1, "\(line)")
        let error = command.standardError
        #expect(error.contains(effect) && error.contains("standard output: "), "\(line): \(error)")
        #expect(error.contains(errno), "\(line): \(error)")
      }
      #expect(try Tool.json("show \(map)")["frozen"] == .integer(1))
      // A command that changes nothing reports no change.
      #expect(try run("show \(map)").status == (errno == "EPIPE" ? 0 : 1))
    }
  }

  @Test("Files that the tool opens do not get the number of a closed standard descriptor")
  func closedDescriptors() throws {
    try withBPFFileSystem { directory in
      let map = directory.appending("map").string
      let command = try Command.run(
        "bash", ["-c", "\"$0\" create \(Self.hash) --pin \(map) <&- >&-; echo $? >&2", Tool.path])
      #expect(command.standardError.contains("created map (id ") && command.standardError.contains("EBADF"))
      #expect(command.standardError.hasSuffix("\n1\n"))
      let silent = try Command.run("bash", ["-c", "\"$0\" count \(map) <&- >&- 2>&-; echo $?", Tool.path])
      #expect(silent.standardOutput == "1\n")
    }
  }

  @Test("Reports a loaded object with its pins if standard output is closed")
  func unwritableOutputOfObject() throws {
    try withObject { object in
      try withBPFFileSystem { files in
        for (option, folder) in [("", "one"), ("--json", "two")] {
          let command = try Command.run(
            "bash", ["-c", "\"$0\" object load \(object) --pin \(files)/\(folder) \(option) >&-", Tool.path])
          #expect(command.status == 1)
          let id = try Program(pinnedAt: files.appending("\(folder)/nothing")).id
          #expect(command.standardError.contains("program \(id) at \(files)/\(folder)/nothing"))
          #expect(command.standardError.contains(" at \(files)/\(folder)/_bss"))
        }
      }
    }
  }
}
