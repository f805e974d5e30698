//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Testing

/// Tests programs that trace many kernel functions with one link.
@Suite("Many functions by their BTF", .kernel)
struct TracingMultiTests {
  /// Programs that count the events of one process by cookie.
  private static let source = """
    typedef unsigned long long u64;
    struct { int (*type)[1]; u64 *key; u64 *value; int (*max_entries)[64]; } hits __attribute__((section(".maps"), used));
    static void *(*const lookup)(void *, const void *) = (void *)1;
    static long (*const update)(void *, const void *, const void *, u64) = (void *)2;
    static u64 (*const thread)(void) = (void *)14;
    static u64 (*const cookie)(void *) = (void *)174;
    int process = 0;
    static int count(void *context) {
      if (thread() >> 32 != process) return 0;
      u64 key = cookie(context), one = 1, *value = lookup(&hits, &key);
      if (value) __sync_fetch_and_add(value, 1); else update(&hits, &key, &one, 0);
      return 0;
    }
    #define PROGRAM(section_name, name) \\
      __attribute__((section(section_name), used)) int name(void *context) { return count(context); }
    PROGRAM("?fentry.multi", on_entry)
    PROGRAM("?fexit.multi", on_exit)
    PROGRAM("?fsession.multi", on_both)
    PROGRAM("?fentry.multi/hrtimer_nano*", on_pattern)
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """

  private static func load(_ program: String) throws -> Object {
    try withTemporaryDirectory { directory in
      let path = directory.appending("multi.bpf.o")
      try Toolchain.compile(source, to: path)
      var file = try ObjectFile(path)
      try file.setVariable("process", to: Int32(ProcessInfo.processInfo.processIdentifier))
      file.programs[program]?.isLoaded = true
      return try file.load()
    }
  }

  private static func hits(_ object: Object, _ cookie: UInt64) throws -> UInt64 {
    try HashMap<UInt64, UInt64>(object.map("hits")).lookup(cookie) ?? 0
  }

  /// Sleeps and opens a file, once each.
  private static func act() {
    usleep(1000)
    if let file = fopen("/dev/null", "r") { fclose(file) }
  }

  @Test(
    "One program traces many functions, each with its cookie", .kernel(since: "7.2"),
    arguments: [("on_entry", 1), ("on_exit", 1), ("on_both", 2)])
  func names(_ program: String, _ runs: UInt64) throws {
    let object = try Self.load(program)
    let link = try object.program(program).attach(
      toFunctions: ["hrtimer_nanosleep", "do_sys_openat2"], cookies: [11, 22])
    #expect(link.type == .tracingMulti && link.skippedFunctions.isEmpty)
    Self.act()
    #expect(try Self.hits(object, 11) >= runs && Self.hits(object, 22) >= runs)
    withExtendedLifetime(link) {}
  }

  @Test("The section's pattern, or another, finds the functions", .kernel(since: "7.2"))
  func patterns() throws {
    let object = try Self.load("on_pattern")
    let links = try object.attach()
    #expect(links.keys.sorted() == ["on_pattern"])
    Self.act()
    #expect(try Self.hits(object, 0) >= 1)
    let other = try object.program("on_pattern").attach(toFunctionsMatching: "do_sys_openat?", cookie: 5)
    Self.act()
    #expect(try Self.hits(object, 5) >= 1)
    withExtendedLifetime((links, other)) {}
  }

  @Test("Unknown functions and unfit arguments are explained", .kernel(since: "7.2"))
  func refusals() throws {
    let program = try Self.load("on_entry").program("on_entry")
    let unknown = #expect(throws: BPFError.self) { try program.attach(toFunctions: ["no_such_function"]) }
    #expect(unknown?.code == .notFound && unknown?.explanation.contains("'no_such_function'") == true)
    let none = #expect(throws: BPFError.self) { try program.attach(toFunctions: []) }
    #expect(none?.code == .invalidArgument)
    let cookies = #expect(throws: BPFError.self) {
      try program.attach(toFunctions: ["hrtimer_nanosleep"], cookies: [1, 2])
    }
    #expect(cookies?.code == .invalidArgument)
    let pattern = #expect(throws: BPFError.self) { try program.attach(toFunctionsMatching: "no_such_*") }
    #expect(pattern?.code == .notFound)
  }

  @Test("Older kernels have no such programs", .kernel(before: "7.2"))
  func older() throws {
    let error = #expect(throws: BPFError.self) { try Self.load("on_entry") }
    #expect(error?.code == .unsupported, "\(String(describing: error))")
    #expect(error?.explanation.contains("trace_fentry_multi") == true)
  }
}
