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
    usage: "bpfmap top [--interval SECONDS] [--duration SECONDS] [--pid PID] [--rows N] [--json]",
    discussion: """
      Attaches a program to the entry of all system calls (raw tracepoint sys_enter),
      which counts them by process and by call, and shows how many there were a
      second: the processes that made most, each with the call it made most, and the
      calls that were made most. Its own are among them.

      At a terminal the page is painted anew each interval; q or Ctrl-C ends it, and
      leaves the last page. Elsewhere each line tells one thing, and begins with the
      time and the calls a second. With --json each interval is an object on a line of
      its own, with all processes and calls: {"time":…,"seconds":…,"calls":…,"rate":…,
      "uncounted":…,"processes":[{"pid":…,"command":…,"calls":…,"rate":…,"mostly":…}],
      "kinds":[{"call":…,"number":…,"calls":…,"rate":…}]}; time is in seconds since
      1970, "calls" what was counted in "seconds".

      Calls of 32-bit programs have numbers of their own, and are shown by them
      (32-bit:4). There is room for 16384 pairs of process and call; calls beyond are
      told as of unknown ones. Processes have the numbers of the first namespace.

      While it runs, each system call of the machine takes some hundred nanoseconds
      longer. When it ends, however it ends, nothing stays attached. It takes Linux 5.8
      with BTF, and CAP_BPF and CAP_PERFMON.

      Examples:
        bpfmap top
        bpfmap top --pid 1234 --interval 0.5
        bpfmap top --duration 10 | awk '$3 == "call"'
        bpfmap top --duration 1 --json | jq '.kinds[:5]'
      """)

  @Option(help: ArgumentHelp("Seconds from one page to the next.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: ArgumentHelp("Ends it after so many seconds.", valueName: "seconds"))
  var duration: Double?

  @Option(help: ArgumentHelp("Counts the calls of this process alone.", valueName: "pid"))
  var pid: UInt32?

  @Option(
    help: ArgumentHelp(
      "The most processes, and the most calls; by default what fits, in lines 10.", valueName: "n"))
  var rows: Int?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard pid != 0 else { throw Failure.usage("no process has the number 0") }
    guard rows.map({ $0 > 0 }) ?? true else { throw Failure.usage("--rows is at least 1") }
    var pace = try Pace(interval: interval, duration: duration)
    let interruption = try Interruption()
    let counter = try SystemCallCounter(process: pid)
    var view = TopView(isJSON: format.isJSON, rows: rows)
    pace.begin()
    var isOver = false
    while !isOver {
      switch interruption.wait(until: pace.next, orFor: view.input) {
      case .time: isOver = !pace.advance()
      case .interruption: isOver = true
      case .input:
        guard view.isToEnd() else { continue }
        isOver = true
      }
      try view.show(try counter.report(), of: counter, to: &output)
    }
    try view.end(to: &output)
  }
}
