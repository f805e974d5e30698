//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Counts the system calls of each process, and prints a table for each interval. On a terminal it shows the 20 busiest
// processes and redraws the table, otherwise all processes that made any calls, one table after the other.
//
//     syscount [SECONDS [TABLES]]     a table each second, until Ctrl-C by default
//
//     CALLS   PID     NAME
//     40119   9443    dd
//     7883    9404    swiftc
//     6030    15389   swift-build

import BPF
import Glibc

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 2,
  let seconds = Int(arguments.first ?? "1"),
  let tables = Int(arguments.dropFirst().first ?? "\(Int.max)")
else {
  print("usage: syscount [SECONDS [TABLES]]")
  exit(64)
}

do {
  let syscount = try Syscount.load()
  // The link keeps the program attached while it exists: here until the end.
  let link = try syscount.programs.countCall.attach()
  defer { withExtendedLifetime(link) {} }

  let isTerminal = isatty(STDOUT_FILENO) == 1
  var before: [Syscount.Process: UInt64] = [:]

  for _ in 0..<tables {
    try await Task.sleep(for: .seconds(seconds))
    // Processes that have ended make no more calls. Their counts below are final, so their elements can be deleted.
    let ended = before.keys.filter { kill(pid_t($0.pid), 0) == -1 && errno == ESRCH }

    // Each CPU has its own counter.
    var now: [Syscount.Process: UInt64] = [:]
    for (process, counts) in try syscount.maps.calls.entries() { now[process] = counts.sum() }
    let busiest =
      now.map { (process: $0, calls: $1 - before[$0, default: 0]) }
      .filter { $0.calls > 0 }
      .sorted { $0.calls > $1.calls }

    if isTerminal { print("\u{1b}[H\u{1b}[2J", terminator: "") }
    print("CALLS", "PID", "NAME", separator: "\t")
    for (process, calls) in busiest.prefix(isTerminal ? 20 : busiest.count) {
      print(calls, process.pid, String(process.name), separator: "\t")
    }
    let missed = try syscount.variables.missed
    if missed > 0 { print("\(missed) calls were not counted so far") }
    print()
    fflush(nil)

    try syscount.maps.calls.deleteAll(ended)
    before = now
    for process in ended { before[process] = nil }
  }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}
