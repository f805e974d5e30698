//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@Suite("bpfmap object", .bpftool)
struct ObjectCommandTests {
  private static let source = """
    struct { int (*type)[1]; int (*max_entries)[64]; unsigned *key; unsigned long long *value; } hits
      __attribute__((section(".maps"), used));
    unsigned limit = 7;
    static void *(*lookup)(void *map, const void *key) = (void *)1;
    __attribute__((section("tc"), used)) int count(void *context) {
      unsigned key = limit;
      unsigned long long *value = lookup(&hits, &key);
      return value ? *value : 0;
    }
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """

  private static func withObject(_ body: (FilePath, FilePath) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let object = directory.appending("counter.bpf.o")
      try Toolchain.compile(source, to: object)
      try withBPFFileSystem { files in try body(object, files) }
    }
  }

  @Test("Shows an object as text and as JSON")
  func show() throws {
    try Self.withObject { object, _ throws in
      let text = try Tool.succeed("object show \(object) --relocations")
      #expect(text.contains("counter: license GPL"))
      #expect(text.contains("count    sched_cls"))
      #expect(text.contains("variable limit") && text.contains("map hits"))
      let json = try Tool.json("object show \(object)")
      #expect(json["programs"][0]["name"].string == "count")
      #expect(json["programs"][0]["relocations"][0]["for"].string == "variable limit")
      #expect(json["maps"][0]["max_entries"].integer == 64)
      #expect(json["variables"][0]["size"].integer == 4)
    }
  }

  @Test("Loads and pins an object, which bpftool shows")
  func load() throws {
    try Self.withObject { object, files in
      let pins = files.appending("counter")
      let json = try Tool.json("object load \(object) --pin \(pins)")
      let id = try #require(json["programs"][0]["id"].integer)
      let theirs = try Bpftool.run("prog", "show", "pinned", pins.appending("count").string)
      #expect(theirs["id"].integer == id)
      let map = try Bpftool.run("map", "show", "pinned", pins.appending("hits").string)
      #expect(map["id"].integer == json["maps"][0]["id"].integer)

      // Existing pins are unchanged, and new programs and maps are freed.
      let again = try Tool.run(line: "object load \(object) --pin \(pins)")
      #expect(again.status == 1 && again.standardError.contains("something is there already"))
      #expect(try Bpftool.run("prog", "show", "pinned", pins.appending("count").string)["id"].integer == id)
    }
  }

  @Test("Links objects, and replaces the file only if that succeeds")
  func link() throws {
    try Self.withObject { object, _ throws in
      let folder = object.removingLastComponent()
      let other = folder.appending("other.bpf.o")
      try Toolchain.compile("extern unsigned limit; unsigned more(void) { return limit + 1; }", to: other)
      let target = folder.appending("linked.bpf.o")
      let text = try Tool.succeed("object link \(target) \(object) \(other)")
      #expect(text.isEmpty)
      let json = try Tool.json("object show \(target)")
      #expect(json["programs"].array.map { $0["name"].string } == ["count"])
      #expect(json["variables"].array.map { $0["name"].string } == ["limit"])
      #expect(try Bpftool.text("btf", "dump", "file", target.string).contains("FUNC 'more'"))

      let before = try KernelFile.bytes(of: target)
      let refused = try Tool.run(line: "object link \(target) \(object) \(object)")
      #expect(refused.status == 1 && refused.standardError.contains("'count' is defined by"))
      #expect(try KernelFile.bytes(of: target) == before)
      let missing = try Tool.run(line: "object link \(folder)/no/such.o \(object)")
      #expect(missing.status == 1 && missing.standardError.contains("cannot write"))
      let names = try Command.run("ls", [folder.string]).standardOutput
      #expect(names == "counter.bpf.o\nlinked.bpf.o\nother.bpf.o\n")
    }
  }

  @Test("Prints warnings as text and as JSON")
  func warnings() throws {
    try withTemporaryDirectory { directory in
      let object = directory.appending("named.bpf.o")
      try Toolchain.compile("int x asm(\"my-counter\") = 3;\n" + Self.source, to: object)
      try withBPFFileSystem { files throws in
        let text = try Tool.run(line: "object load \(object) --pin \(files)/text")
        #expect(text.status == 0 && text.standardOutput.contains("count"))
        #expect(
          text.standardError.hasPrefix("bpfmap: warning: ") && text.standardError.contains("'my-counter'"))
        let json = try Tool.json("object load \(object) --pin \(files)/json")
        #expect(json["warnings"].array.count == 1 && json["programs"][0]["name"].string == "count")
      }
    }
  }

  @Test("Shows an object without programs, and fails to load an empty one")
  func empty() throws {
    try withTemporaryDirectory { directory in
      let object = directory.appending("empty.bpf.o")
      try Toolchain.compile("int unused(void) { return 0; }", to: object)
      #expect(try Tool.succeed("object show \(object)").contains("no programs"))
      try withBPFFileSystem { files throws in
        let run = try Tool.run(line: "object load \(object) --pin \(files)/x")
        #expect(run.status == 1 && run.standardError.contains("has no programs and no maps"))
      }
    }
  }

  @Test("Shows a struct_ops map by the kernel's type")
  func operations() throws {
    let source = """
      struct tcp_congestion_ops { void (*cong_avoid)(void *, unsigned, unsigned); char name[16]; };
      __attribute__((section("struct_ops/avoid"), used)) int avoid(void *context) { return 0; }
      __attribute__((section(".struct_ops"), used))
      struct tcp_congestion_ops sample = {.cong_avoid = (void *)avoid, .name = "sample"};
      char _license[] __attribute__((section("license"), used)) = "GPL";
      """
    try withTemporaryDirectory { directory in
      let object = directory.appending("sample.bpf.o")
      try Toolchain.compile(source, to: object)
      try withBPFFileSystem { files throws in
        try Tool.succeed("object load \(object) --pin \(files.appending("sample"))")
        let dump = try Tool.json("dump pinned \(files.appending("sample").appending("sample"))")
        let value = dump[0]["formatted"]["value"]
        // The kernel keeps the state in a structure of its own since Linux 6.9.
        let common = value["common"] == .null ? value : value["common"]
        #expect(common.object["state"] != nil && value["data"].object["cong_avoid"] != nil)
      }
    }
  }

  @Test("Prints the verifier log with --log, and always in JSON errors")
  func verifierLog() throws {
    let refused = """
      __attribute__((section("tc"), used)) int refused(void *context) {
        volatile int *address = 0;
        return *address;
      }
      char _license[] __attribute__((section("license"), used)) = "GPL";
      """
    try Self.withObject { accepted, files in
      let object = accepted.removingLastComponent().appending("refused.bpf.o")
      try Toolchain.compile(refused, to: object)
      let (pins, load) = (files.appending("pins"), "object load \(object) --pin \(files)/pins")
      // What registers hold is written in other words by older kernels.
      let access = "R1 invalid mem access '\(KernelRelease.isOlder(than: "5.18") ? "inv" : "scalar")'"
      // Older kernels show registers in other words, and newer ones report more after the reason.
      let hasKnownLog = !KernelRelease.isOlder(than: "6.12") && KernelRelease.isOlder(than: "7.0")
      let message = "bpfmap: loading of program 'refused': \(access) (EACCES)\nat instruction "
      let plain = try Tool.run(line: load)
      #expect(plain.status == 1 && plain.standardError.hasPrefix(message))
      #expect(!plain.standardError.contains("processed"))
      for option in ["--log", "--log-level states"] {
        let logged = try Tool.run(line: "\(load) \(option)")
        #expect(logged.status == 1 && logged.standardError.contains("0: (b7) r1 = 0"))
        #expect(!hasKnownLog || logged.standardError.contains("0: R1=ctx() R10=fp0\n"))
        let end = try #require(logged.standardError.firstRange(of: "\nprocessed "))
        #expect(logged.standardError[end.upperBound...].contains("\n\(message)"))
      }
      let json = try JSON(parsing: Tool.run(line: "\(load) --json").standardOutput)
      #expect(json["code"].string == "rejected" && json["program_name"].string == "refused")
      let log = json["log"].string
      #expect(log?.contains("\(access)\n") == true && log?.contains("\nprocessed ") == true)
      #expect(!hasKnownLog || log?.contains("\(access)\nprocessed ") == true)
      #expect(try Tool.run(line: "\(load) --log-level much").status == 64)

      let text = try Tool.succeed("object load \(accepted) --pin \(pins) --log")
      #expect(text.contains("\nverifier log of count\n") && text.contains("\nprocessed "))
      let quiet = try Tool.json("object load \(accepted) --pin \(files)/quiet")
      #expect(quiet["programs"][0]["log"].string == nil)
      let states = try Tool.json("object load \(accepted) --pin \(files)/states --log-level states")
      #expect(states["programs"][0]["log"].string?.contains("(95) exit") == true)
    }
  }

  @Test("Explains why an object cannot be read or loaded")
  func failures() throws {
    try Self.withObject { object, files throws in
      #expect(try Tool.run(line: "object show /nosuch.o").status == 2)
      let text = try Tool.run(line: "object show /etc/hostname")
      #expect(text.status == 1 && text.standardError.contains("not an ELF file"))
      #expect(try Tool.run(line: "object load \(object)").status == 64)
      #expect(try Tool.run(line: "object load \(object) --pin \(files)/x --existing maybe").status == 64)
      let elsewhere = try Tool.run(line: "object load \(object) --pin \(object.removingLastComponent())/pins")
      #expect(elsewhere.status == 1 && elsewhere.standardError.contains("not on a BPF file system"))
    }
  }
}
