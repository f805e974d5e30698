//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The example runqlat with both halves in Swift: the programs are in the module RunQLatKernel.
//
//     runqlat-swift [SECONDS [COUNT]]
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
  print("usage: runqlat-swift [SECONDS [COUNT]]")
  exit(64)
}

// Ctrl-C ends the interval instead of the process.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

do {
  let runQLat = try RunQLat.load()
  // The links keep the programs attached while they exist: here until the end.
  let links = try runQLat.object.attach()
  defer { withExtendedLifetime(links) {} }
  print("Measuring how long tasks wait for a processor. Press Ctrl-C to end.")
  fflush(nil)

  var before = Log2Histogram()
  for _ in 0..<count {
    var interval = timespec(tv_sec: seconds, tv_nsec: 0)
    let isInterrupted = sigtimedwait(&interrupt, nil, &interval) == SIGINT

    // The programs never reset their counters: the interval's counts are the difference.
    let now = Log2Histogram(slots: try runQLat.variables.latencies)
    print("\n\(now.since(before).table(unit: "usecs"))")
    fflush(nil)
    before = now
    if isInterrupted { break }
  }
  let missed = try runQLat.variables.missed
  if missed > 0 { print("\(missed) waits were not counted") }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}
