//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Top: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show the most frequent system calls and processes.",
    usage: "bpfmap top [--interval S] [--duration S] [--count N] [--pid PID] [--rows N] [--json]",
    discussion: """
      Attaches a BPF program to the raw tracepoint sys_enter, which counts all system
      calls by process and call. Shows the calls per second: the processes that make
      the most calls, each with its most frequent call, and the most frequent calls.
      The calls of bpfmap itself are included.

      At a terminal, refreshes the page at each interval. q or Ctrl-C ends the
      command and leaves the last page; Ctrl-Z suspends it until fg. Otherwise,
      prints lines with the time, the calls per second, and a process or a call. The
      last report covers the time until the command ends.

      With --json, prints one object per line for each interval, with all processes
      and calls:
      {"time":…,"seconds":…,"calls":…,"rate":…,"uncounted":…,
      "processes":[{"pid":…,"command":…,"calls":…,"rate":…,"mostly":…}],
      "kinds":[{"call":…,"number":…,"calls":…,"rate":…}]}
      "time" is in seconds since 1970, "calls" is the number of calls in "seconds",
      and "rate" is the number of calls per second.

      32-bit programs have other system call numbers, which are shown without names
      (32-bit:4). The command counts 16384 pairs of process and call; further calls
      are reported as unknown. Process ids are those of the initial PID namespace.

      While the command runs, each system call on the machine takes a few hundred
      nanoseconds longer. The program is detached when the command ends, even if it
      is killed. Requires Linux 5.8 with BTF, CAP_BPF and CAP_PERFMON.

      Examples:
        bpfmap top
        bpfmap top --pid 1234 --interval 0.5
        bpfmap top --duration 10 | awk '$3 == "call"'
        bpfmap top --duration 1 --json | jq '.kinds[:5]'
      """)

  @OptionGroup var refreshOptions: RefreshOptions

  @Option(help: ArgumentHelp("Count only the calls of this process.", valueName: "pid"))
  var pid: UInt32?

  @Option(
    help: ArgumentHelp(
      "The maximum number of processes, and of calls; by default, a page at a terminal and 10 otherwise.",
      valueName: "n"))
  var rows: Int?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let schedule = try refreshOptions.checked()
    guard rows.map({ $0 > 0 }) ?? true else {
      throw Failure.usage("--rows is \(rows ?? 0): write a number of rows, at least 1")
    }
    guard pid != 0 else { throw Failure.usage("--pid is 0: write a process id, at least 1") }
    if let pid, !Processes().exists(pid) {
      throw Failure.failed("no process \(pid)", .noSuchProcess)
    }

    let signals = try SignalWatcher()
    let counter = try SystemCallCounter(process: pid)
    let refresh = RefreshInterval(schedule, from: .now)
    var view = TopView(isJSON: format.isJSON, rows: rows)
    try show(counter, in: &view, at: refresh, until: signals, to: &output)
    try view.end(to: &output)
  }

  /// Shows a report at each interval, and a last report if the command ends early.
  ///
  /// A page that covers a whole interval is not replaced by one that covers only a part of it.
  private func show(
    _ counter: SystemCallCounter, in view: inout TopView, at times: RefreshInterval,
    until signals: SignalWatcher,
    to output: inout Output
  ) throws {
    var refresh = times
    while let time = refresh.next(after: .now) {
      let cause = try wait(until: time, view, signals)
      guard cause == .time || !view.hasPage else { return }
      refresh.begin()
      try view.show(try counter.report(), of: counter, to: &output)
      guard cause == .time else { return }
    }
  }

  /// Waits until a time, or until an event ends the command.
  private func wait(
    until time: ContinuousClock.Instant, _ view: TopView, _ signals: SignalWatcher
  ) throws(OutputFailure) -> SignalWatcher.Cause {
    while true {
      let cause = signals.wait(until: time, orFor: view.input)
      switch cause {
      case .continuation: try view.repaint()
      case .input where !view.readsQuitKey(): continue
      default: return cause
      }
    }
  }
}
