//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import Testing

/// Runs the examples on the live kernel, one at a time: each sees what others do.
@Suite("Examples", .serialized, .enabled(if: geteuid() == 0, "needs root"))
struct ExampleTests {
  @Test("packetkinds counts packets of test runs")
  func packetkinds() async throws {
    let expected = """
      KIND_OTHER: packets 1, bytes 60
      KIND_IPV4: packets 2, bytes 1560
      KIND_IPV6: packets 1, bytes 80
      shorter than 60: 1

      """
    #expect(try await RunningExample.run("packetkinds") == expected)
  }

  @Test("syscount counts the calls of each process")
  func syscount() async throws {
    let tables = try await RunningExample.run("syscount", "1", "2")
    #expect(tables.split(separator: "\n").filter { $0.hasPrefix("CALLS") }.count == 2)

    let example = try RunningExample("syscount")
    try await example.wait(until: { $0.output.hasPrefix("CALLS") }, "a table")
    let copy = try RunningExample(
      "/bin/dd", ["if=/dev/zero", "of=/dev/null", "bs=1", "count=20000", "status=none"])
    #expect(try await copy.status() == 0)
    func calls(_ example: RunningExample) -> Int {
      example.rows.filter { $0.count == 3 && $0[1] == "\(copy.processIdentifier)" && $0[2] == "dd" }
        .reduce(0) { $0 + (Int($1[0]) ?? 0) }
    }
    try await example.wait(until: { calls($0) >= 40000 }, "all calls")
    #expect(calls(example) < 41000)
  }

  @Test(
    "execsnoop prints executed programs with their arguments, and counts dropped events",
    arguments: ["execsnoop", "execsnoop-swift"])
  func execsnoop(name: String) async throws {
    try await RunningExample.run(name, "1")
    let example = try RunningExample(name)
    try await example.wait(until: { $0.output.hasPrefix("PID") }, "the header")
    let (hundred, thousand) = ((1...100).map { "\($0)" }, (1000...1999).map { "\($0)" })
    let echo = try RunningExample("/bin/echo", ["one", "two words"])
    _ = try await echo.status()
    _ = try await RunningExample("/usr/bin/env", ["true"] + hundred).status()
    _ = try await RunningExample("/bin/echo", thousand).status()
    let process = ["\(echo.processIdentifier)", "\(getpid())"]
    for line in [
      process + ["echo", #"/bin/echo one "two words""#],
      ["env", "/usr/bin/env true " + hundred.joined(separator: " ")],
      ["echo", "/bin/echo " + thousand.prefix(203).joined(separator: " ") + "…"],
    ] {
      try await example.wait(
        until: { $0.output.contains(line.joined(separator: "\t") + "\n") }, "\(line.joined(separator: " "))")
    }

    // More events than the ring buffer holds while the example is stopped: each is shown or counted.
    example.send(SIGSTOP)
    try await RunningExample.shell("seq 1200 | xargs -n 1 /bin/true")
    example.send(SIGCONT)
    try await RunningExample.run("/bin/echo", "the last")
    func accounted(_ example: RunningExample) -> (shown: Int, dropped: Int) {
      let shown = example.rows.filter { $0.count == 4 && $0[2] == "true" && $0[3].hasPrefix("/bin/true ") }
        .count
      let dropped = example.output.matches(of: /(?m)^([0-9]+) events were dropped$/).compactMap { Int($0.1) }
      return (shown, dropped.reduce(0, +))
    }
    try await example.wait(
      until: { accounted($0).dropped > 0 && accounted($0).shown + accounted($0).dropped >= 1200 },
      "all events are shown or counted")
  }

  @Test(
    "packetcount counts packets through a virtual cable", arguments: ["packetcount", "packetcount-swift"])
  func packetcount(name: String) async throws {
    let expected = """
      FAMILY	KIND	PACKETS	BYTES
      IPV4	ICMP	1	134
      IPV4	TCP	20	2680
      IPV4	UDP	8	1072
      IPV6	TCP	4	616
      IPV6	UDP	30	4620
      IPV6	ICMPV6	2	308
      dropped from 198.51.100.0/24: 5
      dropped from 2001:db8:bad::/48: 4


      """
    #expect(try await RunningExample.run(name) == expected)
  }

  @Test("packetcount drops packets of an interface", arguments: ["packetcount", "packetcount-swift"])
  func packetcountOfInterface(name: String) async throws {
    let example = try RunningExample(name, ["lo", "127.66.0.0/16"])
    try await example.wait(until: { $0.output.contains("dropped from 127.66.0.0/16: 0\n") }, "a table")
    // The datagram has no receiver, so 127.66.0.1 would answer with an error.
    try await RunningExample.shell("echo hello >/dev/udp/127.66.0.1/9")
    try await example.wait(until: { $0.output.contains("dropped from 127.66.0.0/16: 1\n") }, "the drop")
    #expect(example.output.contains("\nIPV4\tUDP\t"))
  }

  // MARK: - Histograms

  /// Returns the sum of a histogram's counts in the slots from a number on.
  private func count(_ histogram: String, from least: Int) -> Int {
    histogram.matches(of: #/(?m)^ *([0-9]+) -> [0-9]+ *: ([0-9]+) /#)
      .reduce(0) { sum, match in (Int(match.1) ?? 0) >= least ? sum + (Int(match.2) ?? 0) : sum }
  }

  @Test("runqlat draws the waits of tasks that share a processor", arguments: ["runqlat", "runqlat-swift"])
  func runqlat(name: String) async throws {
    let loop = ["-c", "0", "sh", "-c", "while :; do :; done"]
    var busy = try [RunningExample("/usr/bin/taskset", loop), RunningExample("/usr/bin/taskset", loop)]
    let histograms = try await RunningExample.run(name, "2", "2")
    let loops = busy.map(\.processIdentifier)
    busy.removeAll()
    for loop in loops {
      try await RunningExample.shell(
        "for i in {1..100}; do grep -qs '^State:.*R' /proc/\(loop)/status || exit 0; sleep 0.1; done; exit 1")
    }
    #expect(histograms.matches(of: /(?m)^ *usecs *: count *distribution$/).count == 2)
    #expect(count(histograms, from: 512) >= 20)
  }

  @Test("runqlat draws one histogram on Ctrl-C", arguments: ["runqlat", "runqlat-swift"])
  func runqlatUntilInterrupted(name: String) async throws {
    let example = try RunningExample(name)
    try await example.wait(until: { $0.output.contains("Ctrl-C to end") }, "the first line")
    example.send(SIGINT)
    #expect(try await example.status() == 0)
    #expect(example.output.matches(of: /distribution/).count == 1)
  }

  /// Ten times four nested calls, each as long as the innermost one: ten milliseconds.
  private static let nestedCalls = """
    #include <pthread.h>
    #include <unistd.h>
    int nested(int depth) {
      if (depth == 1) return usleep(10000);
      return nested(depth - 1) + 1;
    }
    static void *work(void *argument) {
      for (int i = 0; i < 5; i++) nested(4);
      return argument;
    }
    int main(void) {
      pthread_t other;
      pthread_create(&other, NULL, work, NULL);
      work(NULL);
      return pthread_join(other, NULL);
    }
    """

  @Test("funclatency measures each call of a function, nested ones separately")
  func funclatency() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, program) = (folder.appending(path: "calls.c").path, folder.appending(path: "calls").path)
    try Data(Self.nestedCalls.utf8).write(to: URL(filePath: source))
    // With optimization, the compiler would turn the recursion into a loop.
    try await RunningExample.shell(
      #"clang=$(command -v clang || echo "$(dirname "$(realpath "$(command -v swift)")")/clang"); "#
        + "\"$clang\" -O0 -fuse-ld=lld -pthread '\(source)' -o '\(program)'")
    func measured(_ function: String) async throws -> String {
      let example = try RunningExample("funclatency", [function])
      try await example.wait(until: { $0.output.contains("Ctrl-C to end") }, "the first line")
      try await RunningExample.run(program)
      example.send(SIGINT)
      #expect(try await example.status() == 0)
      return example.output
    }
    // Ten milliseconds fall into the slot from 8388608 nanoseconds. Other processes may call the library, too.
    #expect(try await count(measured("libc.so.6:usleep"), from: 8_388_608) >= 10)
    let nested = try await measured("\(program):nested")
    #expect(count(nested, from: 0) == 40)
    #expect(count(nested, from: 8_388_608) == 40)
    try await RunningExample.run("funclatency", "libc.so.6:usleep", "1")
  }

  // MARK: - Errors

  @Test("An error ends an example with its message and status 1, without a stack trace")
  func missingFunction() async throws {
    let example = try RunningExample("funclatency", ["libc.so.6:no_such_function", "1"])
    #expect(try await example.status() == 1)
    #expect(example.errors.contains("there is no function 'no_such_function'"))
    #expect(example.errors.split(separator: "\n").count == 1)
  }

  @Test(
    "Without privileges, each example ends with a message and status 1",
    arguments: [
      ["packetkinds"], ["syscount"], ["execsnoop"], ["packetcount", "lo"], ["packetcount"], ["runqlat"],
      ["funclatency", "libc.so.6:usleep"], ["execsnoop-swift"], ["packetcount-swift"], ["runqlat-swift"],
    ])
  func unprivileged(words: [String]) async throws {
    let drop = ["--inh-caps=-all", "--bounding-set=-all"]
    let example = try RunningExample(
      "/usr/bin/setpriv", drop + [RunningExample.path(of: words[0])] + words.dropFirst())
    #expect(try await example.status() == 1)
    #expect(!example.errors.isEmpty && !example.errors.contains("Fatal error"), "\(example.errors)")
  }
}
