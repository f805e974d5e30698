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
    abstract: "See which system calls are made now, and by whom.",
    usage: "bpfmap top [--interval S] [--duration S] [--count N] [--pid PID] [--rows N] [--json]",
    discussion: """
      Attaches a program to the entry of all system calls (raw tracepoint
      sys_enter), which counts them by process and by call, and shows how many there
      were a second: the processes that made most, each with the call it made most,
      and the calls that were made most. Its own are among them.

      At a terminal the page is painted anew each interval; q or Ctrl-C ends it, and
      leaves the last page. Ctrl-Z stops it, and gives the terminal back until fg. Elsewhere each line tells one thing, and begins with the
      time and the calls a second. What is not over when it ends is told as well.

      With --json each interval is an object on a line of its own, with all
      processes and calls:
      {"time":…,"seconds":…,"calls":…,"rate":…,"uncounted":…,
      "processes":[{"pid":…,"command":…,"calls":…,"rate":…,"mostly":…}],
      "kinds":[{"call":…,"number":…,"calls":…,"rate":…}]}
      time is seconds since 1970, calls what was counted in that many seconds, rate
      the calls a second.

      Calls of 32-bit programs have numbers of their own, and are shown by them
      (32-bit:4). There is room for 16384 pairs of process and call; calls beyond
      are told as of unknown ones. Processes have the numbers of the first namespace.

      While it runs, each system call of the machine takes a few hundred nanoseconds
      longer. When it ends, however it ends, nothing stays attached. It takes Linux
      5.8 with BTF, and CAP_BPF and CAP_PERFMON.

      Examples:
        bpfmap top
        bpfmap top --pid 1234 --interval 0.5
        bpfmap top --duration 10 | awk '$3 == "call"'
        bpfmap top --duration 1 --json | jq '.kinds[:5]'
      """)

  @OptionGroup var paceOptions: PaceOptions

  @Option(help: ArgumentHelp("Count the calls of this process alone.", valueName: "pid"))
  var pid: UInt32?

  @Option(
    help: ArgumentHelp(
      "The most processes, and the most calls; by default what fits, in lines 10.", valueName: "n"))
  var rows: Int?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let terms = try paceOptions.checked()
    guard rows.map({ $0 > 0 }) ?? true else {
      throw Failure.usage("--rows takes a number of rows, at least 1")
    }
    guard pid != 0 else { throw Failure.usage("no process has the number 0") }
    if let pid, !Processes().isThere(pid) {
      throw Failure.failed("there is no process \(pid)", .noSuchProcess)
    }

    let interruption = try Interruption()
    let counter = try SystemCallCounter(process: pid)
    let pace = Pace(terms, from: .now)
    var view = TopView(isJSON: format.isJSON, rows: rows)
    try show(counter, in: &view, at: pace, until: interruption, to: &output)
    try view.end(to: &output)
  }

  /// Shows a report at each time, and one of the rest if it ends before its time: but no page of a moment in place of one
  /// of a whole interval.
  private func show(
    _ counter: SystemCallCounter, in view: inout TopView, at times: Pace, until interruption: Interruption,
    to output: inout Output
  ) throws {
    var pace = times
    while let time = pace.next(after: .now) {
      let cause = try wait(until: time, view, interruption)
      guard cause == .time || !view.hasPage else { return }
      pace.begin()
      try view.show(try counter.report(), of: counter, to: &output)
      guard cause == .time else { return }
    }
  }

  /// Waits for a time, or for what ends the command before.
  private func wait(
    until time: ContinuousClock.Instant, _ view: TopView, _ interruption: Interruption
  ) throws(OutputFailure) -> Interruption.Cause {
    while true {
      let cause = interruption.wait(until: time, orFor: view.input)
      switch cause {
      case .continuation: try view.repaint()
      case .input where !view.isToEnd(): continue
      default: return cause
      }
    }
  }
}
