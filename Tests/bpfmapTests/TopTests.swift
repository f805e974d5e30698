//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import Foundation
import KernelFixtures
import Testing

@testable import bpfmap

@Suite("System call counts")
struct SystemCallTests {
  @Test("The names of system calls match the C library's headers", .sources)
  func names() throws {
    let macros = try Command.run(
      Toolchain.clang(), ["-dM", "-E", "-x", "c", "-include", "sys/syscall.h", "/dev/null"])
    try #require(macros.status == 0, "\(macros.standardError)")
    let numbers = macros.standardOutput.matches(of: /#define __NR_(\w+) (\d+)/)
    #expect(numbers.count > 300)
    for number in numbers {
      let name = try SystemCallNames.native[#require(Int(number.2))]
      #expect(name == String(number.1))
    }
    #expect(SystemCallNames.native[-1] == nil)
    #expect(SystemCallNames.native[400] == nil)
    #expect(SystemCallNames.native[100_000] == nil)
  }

  @Test("The names of arm64's system calls match the kernel's generic header", .sources)
  func armNames() throws {
    // The macros that arm64's <asm/unistd.h> defines.
    let wanted = ["RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET"]
    let macros = try Command.run(
      Toolchain.clang(),
      ["-dM", "-E", "-x", "c", "-include", "asm-generic/unistd.h", "/dev/null"]
        + wanted.map { "-D__ARCH_WANT_\($0)" })
    try #require(macros.status == 0, "\(macros.standardError)")
    let numbers = macros.standardOutput.matches(of: /#define __NR_(\w+) (\d+)/)
    #expect(numbers.count > 250)
    for number in numbers where number.1 != "syscalls" && number.1 != "arch_specific_syscall" {
      #expect(try SystemCallNames.arm64[#require(Int(number.2))] == String(number.1))
    }
    #expect(SystemCallNames.arm64[79] == "newfstatat" && SystemCallNames.arm64[280] == "bpf")
    #expect(SystemCallNames.x86_64[321] == "bpf" && SystemCallNames.x86_64[250] == "keyctl")
  }

  @Test("The names of recent system calls match the kernel's functions", .kernel)
  func newNames() throws {
    let symbols = try Command.run("cat", ["/proc/kallsyms"]).standardOutput
    let functions = Set(symbols.split(separator: "\n").compactMap { $0.split(separator: " ").last })
    for number in 424...469 {
      let name = try #require(SystemCallNames.native[number])
      let exists = ["__x64_sys_", "__arm64_sys_", "sys_"].contains { functions.contains($0 + name) }
      #expect(exists, "\(number) \(name)")
    }
  }

  @Test("Counts each call of a process once, by number and calling convention", .kernel)
  func counts() throws {
    let counter = try SystemCallCounter(process: UInt32(getpid()))
    _ = try counter.report()
    for _ in 0..<700 { kf_system_call(1023) }
    for _ in 0..<300 { kf_system_call(1022) }
    for _ in 0..<20 { kf_system_call(1024) }
    for _ in 0..<10 { kf_system_call(-2) }
    let hasCompatible = kf_compatible_system_call(1021) == 0
    let report = try counter.report()

    var counts: [String: UInt64] = [:]
    for kind in report.kinds { counts[kind.call.name, default: 0] += kind.count }
    #expect(counts["1023"] == 700)
    #expect(counts["1022"] == 300)
    #expect(counts["unknown"] == 30)
    #expect(counts["32-bit:1021"] == (hasCompatible ? 1 : nil))
    #expect(report.processes.map(\.id) == [UInt32(getpid())])
    #expect(report.processes.first?.count == report.total)
    #expect(report.total == report.kinds.reduce(0) { $0 + $1.count })
    #expect(report.uncounted == 0)
    #expect(try !counter.report().kinds.contains { $0.call.name == "1023" })
  }

  @Test("A report contains the calls since the previous one")
  func report() {
    func call(_ process: UInt32, _ number: UInt16) -> SystemCalls.Call {
      SystemCalls.Call(process: process, number: number, convention: 0)
    }
    var earlier = SystemCallCounts()
    earlier.calls = [call(1, 0): 100, call(1, 1): 5, call(2, 0): 50]
    earlier.uncounted = 2
    var later = earlier
    later.time = earlier.time + .seconds(2)
    later.calls = [call(1, 0): 110, call(1, 1): 25, call(2, 0): 8, call(3, 3): 1]
    later.uncounted = 3
    let report = SystemCallReport(from: earlier, to: later)
    // The second process has ended, and a new one has its id.
    #expect(report.processes.map(\.id) == [1, 2, 3])
    #expect(report.processes.map(\.count) == [30, 8, 1])
    #expect(report.processes.map(\.mostFrequent.name) == [1, 0, 3].map { SystemCallNames.native[$0] })
    #expect(report.kinds.map(\.count) == [20, 18, 1])
    #expect(report.uncounted == 1)
    #expect(report.total == 40)
    #expect(report.rate(report.total) == 20)
    #expect(report.perMille(30) == 750)
  }
}

@Suite("bpfmap top", .serialized)
struct TopTests {
  /// Returns whether a program of the tool is attached.
  private func isAttached() throws -> Bool {
    try Link.all().contains { link in
      guard let program = try? link.info().programID else { return false }
      return (try? Program(id: program))?.name.hasPrefix("count_system_ca") == true
    }
  }

  @Test("Writes lines if standard output is not a terminal, until --duration ends", .kernel)
  func lines() throws {
    let text = try Tool.succeed("top --duration 0.6 --interval 0.2 --rows 3")
    let lines = text.split(separator: "\n")
    #expect(lines.first == "TIME             CALLS/S  WHAT")
    #expect(
      lines.dropFirst().allSatisfy {
        $0.wholeMatch(of: /\d\d:\d\d:\d\d\.\d\d\d +\d+  (all|process \d+ .*|call .+)/) != nil
      })
    #expect(lines.count { $0.hasSuffix("  all") } == 3)
    #expect(lines.count { $0.contains("  call ") } <= 9)
    #expect(!text.contains("\u{1b}"))
  }

  @Test("Writes an object for each interval with --json, whose numbers add up", .kernel)
  func json() throws {
    let text = try Tool.succeed("top --duration 0.4 --interval 0.2 --json")
    let reports = try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(reports.count == 2)
    for report in reports {
      let total = try #require(report["calls"].integer)
      #expect(report["processes"].array.compactMap { $0["calls"].integer }.reduce(0, +) == total)
      #expect(report["kinds"].array.compactMap { $0["calls"].integer }.reduce(0, +) == total)
      #expect(report["uncounted"].integer == 0)
      // The tool's own calls are included.
      #expect(report["processes"].array.contains { $0["command"].string == "bpfmap" })
    }
  }

  @Test(
    "Shows a page at a terminal, and restores the terminal on Ctrl-C or q", .kernel,
    arguments: ["\u{3}", "q"])
  func terminal(key: String) throws {
    let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.1"])
    let before = terminal.modes
    #expect(terminal.waits(for: "CALLS/S"))
    #expect(terminal.modes != before)
    #expect(try isAttached())
    terminal.type(key)
    #expect(terminal.wait() == 0)
    #expect(terminal.modes == before)
    let text = terminal.text
    #expect(text.hasPrefix("\u{1b}[?1049h\u{1b}[?25l"))
    #expect(text.components(separatedBy: "\u{1b}[?1049l").count == 2)
    #expect(text.components(separatedBy: "\u{1b}[?25h").count == 2)
    // The last page remains visible.
    let rest = try #require(text.components(separatedBy: "\u{1b}[?1049l").last)
    #expect(rest.contains("system calls/s from") && rest.contains("PID") && !rest.contains("\u{1b}"))
    #expect(try eventually { try !isAttached() })
  }

  @Test("The last page covers a whole interval, unless there was none", .kernel)
  func lastPage() throws {
    let start = ContinuousClock.now
    for (interval, pages) in [("1", 1), ("3600", 0)] {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", interval])
      // The alternate screen is shown before the first page.
      #expect(terminal.waits(for: pages == 0 ? "\u{1b}[?1049h" : "CALLS/S"))
      terminal.type("q")
      #expect(terminal.wait() == 0)
      let parts = terminal.text.components(separatedBy: "\u{1b}[?1049l").map {
        $0.components(separatedBy: " system calls/s from ").count - 1
      }
      let seconds = Int(start.duration(to: .now) / .seconds(1))
      #expect(parts.first.map { $0 >= 1 && $0 <= (pages == 0 ? 1 : seconds) } == true)
      #expect(parts.last == 1)
    }
  }

  @Test("The program is detached if the tool is killed", .kernel)
  func killed() throws {
    do {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.1"])
      #expect(terminal.waits(for: "CALLS/S"))
      #expect(try isAttached())
    }
    #expect(try eventually { try !isAttached() })
  }

  @Test("Escapes control characters in the names of processes", .kernel)
  func hostileNames() throws {
    let report = SystemCallReport(
      from: SystemCallCounts(),
      to: {
        var counts = SystemCallCounts()
        counts.calls = [SystemCalls.Call(process: 1, number: 0, convention: 0): 1]
        return counts
      }())
    let text = TopText(report: report) { _ in "a\u{1b}[2Jb\n" }
    #expect(
      try text.page(time: "", columns: 100, rows: 5).allSatisfy {
        !$0.contains("\u{1b}") && !$0.contains("\n")
      })
    #expect(try text.lines(time: "00:00:00", rows: 5).contains("process 1 a\\x1b[2Jb\\x0a\n"))
  }

  @Test("Fails immediately if the process does not exist", .kernel)
  func noProcess() throws {
    // The maximum process id is lower.
    let run = try Tool.run("top", "--pid", "4194305", "--duration", "30")
    #expect(run.status == 1)
    #expect(run.standardError.contains("no process 4194305"))
  }

  @Test(
    "Rejects invalid options",
    arguments: ["--interval 0", "--duration -1", "--count 0", "--rows 0", "--pid 0", "--pid x"])
  func usage(options: String) throws {
    let run = try Tool.run(line: "top \(options)")
    #expect(run.status == 64)
    #expect(run.standardOutput.isEmpty)
  }
}
