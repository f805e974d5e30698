//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// How long tasks wait for a processor: runqlat [SECONDS [COUNT]]
//
// Draws a histogram of the waits of each interval, COUNT times or until Ctrl-C; without arguments one of all of them.

import BPF
import Glibc

func quit(_ message: String, status: Int32 = 1) -> Never {
  _ = try? FileDescriptor.standardError.writeAll("runqlat: \(message)\n".utf8)
  exit(status)
}

let arguments = CommandLine.arguments.dropFirst()
let numbers = arguments.compactMap { Int($0) }.filter { $0 > 0 }
guard numbers.count == arguments.count, numbers.count <= 2 else {
  quit("usage: runqlat [SECONDS [COUNT]]", status: 64)
}
let seconds = numbers.first ?? Int(Int32.max)
let count = numbers.count == 2 ? numbers[1] : Int.max

// Ctrl-C does not end the process: it ends the interval.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

// `Runqlat` is made of runqlat.bpf.c by the build plugin. Its programs are attached as long as their links are there.
let tracer: Runqlat
let links: [String: Link]
do {
  tracer = try Runqlat.load()
  links = try tracer.object.attach()
} catch {
  quit("\(error)")
}

print("How long tasks wait for a processor: Ctrl-C ends.")
var earlier = Log2Histogram()
for _ in 0..<count {
  var interval = timespec(tv_sec: seconds, tv_nsec: 0)
  let isInterrupted = sigtimedwait(&interrupt, nil, &interval) == SIGINT

  // The programs count on; what they did in the interval is the difference.
  let latencies = Log2Histogram(slots: try tracer.variables.latencies)
  print("\n\(latencies.since(earlier).table(unit: "usecs"))")
  earlier = latencies
  if isInterrupted { break }
}
