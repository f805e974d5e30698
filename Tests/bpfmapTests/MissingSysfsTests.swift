//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Only possible CPUs and the kernel's BTF require /sys. Everything else works without it.
@Suite("bpfmap without /sys", .kernel)
struct MissingSysfsTests {
  /// Covers /sys with an empty file system.
  private static let hide = "mount -t tmpfs none /sys || exit 99\n"
  private static let advice = "sysfs is not mounted on /sys: mount it with 'mount -t sysfs sysfs /sys'"
  private static let sizes = "--key-size 4 --value-size 4 --max-entries 4"

  /// Runs a command line without /sys.
  private func bpfmap(_ line: String) throws -> Command { try Tool.runScript(Self.hide + "\"$0\" \(line)") }

  // MARK: - Maps

  @Test(
    "Creates and shows maps",
    arguments: [
      "hash \(sizes)", "array \(sizes)", "lru_hash \(sizes) --flags no_common_lru",
      "hash \(sizes) --numa-node 0",
      "devmap \(sizes)", "cpumap \(sizes)", "prog_array \(sizes)", "perf_event_array \(sizes)",
      "sockhash \(sizes)",
      "lpm_trie --key-size 8 --value-size 4 --max-entries 4 --flags no_prealloc",
      "queue --value-size 4 --max-entries 4", "ringbuf --max-entries 65536",
    ])
  func creation(_ options: String) throws {
    try withBPFFileSystem { files in
      let map = files.appending("map")
      let run = try Tool.runScript(
        Self.hide + "\"$0\" create --type \(options) --pin \(map) && \"$0\" show pinned \(map) --json")
      #expect(run.status == 0 && run.standardError.isEmpty, "\(run.standardError)")
      let json = try JSON(parsing: String(run.standardOutput.split(separator: "\n").last ?? ""))
      #expect(try json["id"].integer == Int(MapHandle(pinnedAt: map).id.rawValue))
    }
  }

  @Test("Writes, reads, watches, counts and deletes elements")
  func elements() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 4)
    let run = try Tool.runScript(
      Self.hide + """
        set -e
        "$0" update id "$1" key u32:1 value u32:2
        "$0" lookup id "$1" key u32:1
        "$0" update id "$1" key u32:3 value u32:4
        "$0" delete id "$1" key u32:1
        "$0" dump id "$1"
        "$0" watch id "$1" --interval 0.05 --count 1 --initial
        "$0" count id "$1"
        "$0" clear id "$1"
        """, "\(map.id)")
    #expect(run.status == 0, "\(run.standardError)")
    let lines = run.standardOutput.split(separator: "\n")
    #expect(
      lines.prefix(2) == ["key: 01 00 00 00  value: 02 00 00 00", "key: 03 00 00 00  value: 04 00 00 00"])
    #expect(lines.contains { $0.hasPrefix("watching \(map)") || $0.contains("03 00 00 00") })
    #expect(lines.suffix(2) == ["1", "deleted 1 element"])
    #expect(try map.count() == 0)
  }

  @Test("Lists per-CPU maps, and finds other maps by name")
  func listing() throws {
    let names = [UniqueName.next(), UniqueName.next()]
    let other = try MapHandle(type: .perCPUHash, name: names[0], keySize: 4, valueSize: 8, maxEntries: 4)
    let map = try MapHandle(type: .hash, name: names[1], keySize: 4, valueSize: 8, maxEntries: 4)
    let list = try bpfmap("list")
    #expect(list.status == 0 && list.standardError.isEmpty, "\(list.standardError)")
    let rows = list.standardOutput.split(separator: "\n").map { $0.split(separator: " ") }
    for (map, type) in [(other, "percpu_hash"), (map, "hash")] {
      #expect(rows.contains { $0.starts(with: ["\(map.id)", Substring(type), Substring(map.name)]) })
    }
    let found = try bpfmap("show name \(names[1])")
    #expect(found.status == 0, "\(found.standardError)")
    #expect(found.standardOutput.contains("(id \(map.id))"))
    let typo = try bpfmap("show name \(names[1].dropLast())")
    #expect(typo.status == 2 && typo.standardError.contains("did you mean"), "\(typo.standardError)")
  }

  @Test("The error of an operation on possible CPUs names the missing file")
  func possibleCPUs() throws {
    let map = try MapHandle(type: .perCPUHash, keySize: 4, valueSize: 8, maxEntries: 4)
    let file = "/sys/devices/system/cpu/possible"
    try withBPFFileSystem { files in
      for line in [
        "dump id \(map.id)", "lookup id \(map.id) key u32:1", "show id \(map.id)",
        "update id \(map.id) key u32:1 value u64:1 --all-cpus", "watch id \(map.id) --count 1",
        "create --type percpu_array \(Self.sizes) --pin \(files)/map", "top --duration 1",
      ] {
        let run = try bpfmap(line + " --json")
        let error = try JSON(parsing: run.standardOutput)
        #expect(run.status == 1 && error["code"].string == "unavailable", "\(line): \(run.standardOutput)")
        #expect(error["path"].string == file && error["errno"]["name"].string == "ENOENT")
        let cause = "the number of possible CPUs is unknown: \(file) does not exist; is /sys mounted?"
        #expect(error["error"].string?.hasSuffix(cause) == true, "\(line): \(run.standardOutput)")
      }
      #expect(try Command.run("ls", ["\(files)/map"]).status != 0)
    }
  }

  // MARK: - Objects

  private static let license = #"char _license[] __attribute__((section("license"), used)) = "GPL";"#

  /// Returns the C source of an object with a program in a section.
  private static func source(_ section: String, _ declarations: String = "", _ body: String = "return 0;")
    -> String
  {
    "\(declarations)\n__attribute__((section(\"\(section)\"), used)) int start(void *context) { \(body) }\n"
      + license
  }

  /// Compiles and loads an object after a script, and returns the run and the names of the pins.
  private func load(_ source: String, after script: String = Self.hide) throws -> (run: Command, pins: String)
  {
    try withTemporaryDirectory { directory in
      let object = directory.appending("object.bpf.o")
      try Toolchain.compile(source, to: object)
      return try withBPFFileSystem { files in
        let run = try Tool.runScript(script + "\"$0\" object load \(object) --pin \(files)/pins")
        return (run, try Command.run("ls", ["\(files)/pins"]).standardOutput)
      }
    }
  }

  @Test("Loads an object that does not require the kernel's BTF")
  func object() throws {
    let map =
      #"struct { int (*type)[1]; int (*max_entries)[4]; int *key; long *value; } hits __attribute__((section(".maps"), used));"#
    let (run, pins) = try load(Self.source("socket", map + "int counter;", "return counter++;"))
    #expect(run.status == 0 && run.standardError.isEmpty, "\(run.standardError)")
    #expect(pins == "_bss\nhits\nstart\n")
  }

  @Test(
    "The error for an object that requires the kernel's BTF names the part that requires it",
    arguments: [
      (
        source(
          "socket", "struct task_struct { int pid; } __attribute__((preserve_access_index));",
          "return __builtin_preserve_field_info(((struct task_struct *)context)->pid, 0);"),
        "the object's CO-RE relocations, unless LoadOptions.kernelTypes gives others"
      ),
      (source("tp_btf/sys_enter"), "the program 'start' (tp_btf/sys_enter)"),
      (source("iter/task"), "the program 'start' (iter/task)"),
      (
        source(
          "tc", #"void bpf_rcu_read_lock(void) __attribute__((section(".ksyms")));"#,
          "bpf_rcu_read_lock(); return 0;"),
        "the kernel's function 'bpf_rcu_read_lock', which the object uses"
      ),
      (
        source(
          "socket", #"extern int runqueues __attribute__((section(".ksyms")));"#, "return (long)&runqueues;"),
        "the kernel's variable 'runqueues', which the object uses"
      ),
      (
        source("struct_ops/ssthresh")
          + """
          struct tcp_congestion_ops { char name[16]; unsigned (*ssthresh)(void *); };
          __attribute__((section(".struct_ops"), used)) struct tcp_congestion_ops control = {"control", (void *)start};
          """, "the map 'control', which implements an interface of the kernel"
      ),
    ])
  func kernelTypes(_ source: String, need: String) throws {
    let (run, pins) = try load(source)
    #expect(run.status == 1 && pins.isEmpty)
    #expect(
      run.standardError
        == "bpfmap: reading of BTF of '/sys/kernel/btf/vmlinux': no such file or directory (ENOENT): "
        + "\(Self.advice); the kernel's types are needed for \(need)\n")
  }

  @Test("The error distinguishes a kernel without BTF from an unmounted /sys")
  func kernelWithoutTypes() throws {
    let (run, _) = try load(
      Self.source("iter/task"), after: "mount -t tmpfs none /sys/kernel/btf || exit 99\n")
    #expect(
      run.standardError.contains(
        "(ENOENT): this kernel was built without type information (CONFIG_DEBUG_INFO_BTF); the kernel's types are"
      ),
      "\(run.standardError)")
    #expect(!run.standardError.contains("sysfs"))
    #expect(try bpfmap("btf header").standardError.hasSuffix("(ENOENT): \(Self.advice)\n"))
  }

  @Test("The error for per-CPU maps of an object names the missing file")
  func perCPUObjects() throws {
    for map in [
      "int (*type)[4]; int *key; int *value;",
      "int (*type)[6]; int (*max_entries)[4]; int *key; long *value;",
    ] {
      let declaration = "struct { \(map) } counts __attribute__((section(\".maps\"), used));"
      let (run, pins) = try load(Self.source("socket", declaration))
      #expect(run.status == 1 && pins.isEmpty)
      #expect(
        run.standardError.contains(
          "the number of possible CPUs is unknown: /sys/devices/system/cpu/possible does not exist"),
        "\(run.standardError)")
    }
  }

  // MARK: - Pins

  @Test("The error for pins in /sys/fs/bpf names the missing sysfs")
  func pins() throws {
    let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 4)
    for line in [
      "create --type hash \(Self.sizes) --pin /sys/fs/bpf/map", "pin id \(map.id) /sys/fs/bpf/a/map",
      "show pinned /sys/fs/bpf/map", "unpin /sys/fs/bpf/a/map", "tour",
    ] {
      let run = try bpfmap(line)
      #expect(run.status == 2 && run.standardError.contains("(ENOENT): "), "\(line): \(run.standardError)")
      #expect(run.standardError.contains(Self.advice), "\(line): \(run.standardError)")
      #expect(!run.standardError.contains("mount -t bpf"), "\(line): \(run.standardError)")
    }
  }
}
