//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Draws how long tasks wait for a processor, from when they can run until they do: a histogram of each interval, or
// without arguments one of all, when Ctrl-C ends it.
//
//     runqlat [SECONDS [COUNT]]
//
//          usecs               : count    distribution
//              2 -> 3          : 17       |*****                                   |
//              4 -> 7          : 141      |****************************************|

import BPF
import Glibc

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 2,
  let seconds = Int(arguments.first ?? "\(Int32.max)"), seconds > 0,
  let count = Int(arguments.dropFirst().first ?? "\(Int.max)"), count > 0
else {
  print("usage: runqlat [SECONDS [COUNT]]")
  exit(64)
}

// Ctrl-C does not end the process: it ends the interval.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

let runqlat = try Runqlat.load()
// The programs are attached as long as there are the links, and so at most until this process ends, however it does.
let links = try runqlat.object.attach()
print("How long tasks wait for a processor: Ctrl-C ends.")
fflush(nil)

var before = Log2Histogram()
for _ in 0..<count {
  var interval = timespec(tv_sec: seconds, tv_nsec: 0)
  let isInterrupted = sigtimedwait(&interrupt, nil, &interval) == SIGINT

  // The programs count on; what they counted in the interval is the difference.
  let now = Log2Histogram(slots: try runqlat.variables.latencies)
  print("\n\(now.since(before).table(unit: "usecs"))")
  fflush(nil)
  before = now
  if isInterrupted { break }
}
let missed = try runqlat.variables.missed
if missed > 0 { print("\(missed) waits of tasks for which there was no room") }
