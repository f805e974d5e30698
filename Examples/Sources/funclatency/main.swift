//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// How long calls of a function take, in all processes: funclatency LIBRARY:FUNCTION [SECONDS]
//
//     funclatency libc.so.6:getaddrinfo 5
//
// Without SECONDS it goes on until Ctrl-C.

import BPF
import Glibc

func quit(_ message: String, status: Int32 = 1) -> Never {
  _ = try? FileDescriptor.standardError.writeAll("funclatency: \(message)\n".utf8)
  exit(status)
}

let arguments = CommandLine.arguments.dropFirst()
let place = (arguments.first ?? "").split(separator: ":").map(String.init)
guard place.count == 2, arguments.count <= 2,
  let seconds = arguments.count == 2 ? Int(arguments[2]) : Int(Int32.max), seconds > 0
else { quit("usage: funclatency LIBRARY:FUNCTION [SECONDS]", status: 64) }
let (library, function) = (FilePath(place[0]), place[1])

// Ctrl-C does not end the process: it ends the waiting.
var interrupt = sigset_t()
sigemptyset(&interrupt)
sigaddset(&interrupt, SIGINT)
sigprocmask(SIG_BLOCK, &interrupt, nil)

// `Funclatency` is made of funclatency.bpf.c by the build plugin. Its programs are attached as long as their links are
// there; first the one that ends calls, so that no call begins of which the end would not be seen.
let tracer: Funclatency
let links: [Link]
do {
  tracer = try Funclatency.load()
  links = [
    try tracer.programs.end.attach(toUprobe: function, of: library, isReturn: true),
    try tracer.programs.begin.attach(toUprobe: function, of: library),
  ]
} catch {
  quit("\(error)")
}

print("How long calls of \(function) in \(library) take: Ctrl-C ends.")
fflush(nil)
var time = timespec(tv_sec: seconds, tv_nsec: 0)
sigtimedwait(&interrupt, nil, &time)

print("\n\(Log2Histogram(slots: try tracer.variables.latencies).table(unit: "nsecs"))")
let lost = try tracer.variables.lost
if lost > 0 { print("\nnot measured, since too many calls were going on: \(lost)") }
