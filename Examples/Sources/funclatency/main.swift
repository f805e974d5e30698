//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Draws how long calls of a function of a library or program take, in all processes, until Ctrl-C if nothing else is said.
//
//     funclatency LIBRARY:FUNCTION [SECONDS]
//
//     funclatency libc.so.6:getaddrinfo 5
//     funclatency /usr/bin/program:function

import BPF
import Glibc

let arguments = CommandLine.arguments.dropFirst()
let place = (arguments.first ?? "").split(separator: ":").map(String.init)
guard arguments.count <= 2, place.count == 2,
  let seconds = Int(arguments.dropFirst().first ?? "\(Int32.max)"), seconds > 0
else {
  print("usage: funclatency LIBRARY:FUNCTION [SECONDS]")
  exit(64)
}
let (library, function) = (FilePath(place[0]), place[1])

// Ctrl-C does not end the process: it ends the waiting.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

let funclatency = try Funclatency.load()
// The programs are attached as long as there are the links, and so at most until this process ends, however it does.
// The returns come first, so that no call is noted whose return would not be seen.
let links: [Link]
do {
  links = [
    try funclatency.programs.returned.attach(toUprobe: function, of: library, isReturn: true),
    try funclatency.programs.called.attach(toUprobe: function, of: library),
  ]
} catch {
  // A name may be mistyped, which is no reason for a stack trace.
  print(error)
  exit(1)
}
print("How long calls of \(function) in \(library) take: Ctrl-C ends.")
fflush(nil)

var time = timespec(tv_sec: seconds, tv_nsec: 0)
sigtimedwait(&interrupt, nil, &time)

print("\n\(Log2Histogram(slots: try funclatency.variables.latencies).table(unit: "nsecs"))")
let missed = try funclatency.variables.missed
if missed > 0 { print("\(missed) calls for which there was no room") }
