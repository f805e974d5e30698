//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Prints a histogram of the latencies of a library or program function in all processes, until Ctrl-C by default.
//
//     funclatency LIBRARY:FUNCTION [SECONDS]
//
//     funclatency libc.so.6:getaddrinfo 5
//     funclatency /usr/bin/program:function

import BPF
import Glibc

let arguments = CommandLine.arguments.dropFirst()
let target = (arguments.first ?? "").split(separator: ":").map(String.init)
guard arguments.count <= 2, target.count == 2,
  let seconds = Int(arguments.dropFirst().first ?? "\(Int32.max)"), seconds > 0
else {
  print("usage: funclatency LIBRARY:FUNCTION [SECONDS]")
  exit(64)
}
let (library, function) = (FilePath(target[0]), target[1])

// Ctrl-C ends the wait instead of the process.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

do {
  let funclatency = try Funclatency.load()
  // The links keep the programs attached while they exist: here until the end. Returns are attached first, so that the
  // return of every recorded call is seen.
  let links = [
    try funclatency.programs.returned.attach(toUprobe: function, of: library, isReturn: true),
    try funclatency.programs.called.attach(toUprobe: function, of: library),
  ]
  defer { withExtendedLifetime(links) {} }
  print("Measuring \(function) in \(library). Press Ctrl-C to end.")
  fflush(nil)

  var time = timespec(tv_sec: seconds, tv_nsec: 0)
  sigtimedwait(&interrupt, nil, &time)

  print("\n\(Log2Histogram(slots: try funclatency.variables.latencies).table(unit: "nsecs"))")
  let missed = try funclatency.variables.missed
  if missed > 0 { print("\(missed) calls were not counted") }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}
