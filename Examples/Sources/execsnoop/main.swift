//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Shows each program that is executed, as it is: the process, its parent, and the arguments.
//
//     execsnoop [SECONDS]     until Ctrl-C, if nothing else is said
//
//     PID     PARENT  NAME    ARGUMENTS
//     9186    9185    echo    /bin/echo one two
//     9187    9185    env     env true "--name=x y"
//     9187    9185    true    true "--name=x y"

import BPF
import Glibc

let arguments = CommandLine.arguments.dropFirst()
let seconds = arguments.first.flatMap { Int($0) }
guard arguments.isEmpty || arguments.count == 1 && seconds != nil else {
  print("usage: execsnoop [SECONDS]")
  exit(64)
}

let execsnoop = try Execsnoop.load()
let ring = try RingBuffer(execsnoop.maps.events)
// The program is attached as long as there is the link, and so at most until this process ends, however it does.
let link = try execsnoop.programs.executed.attach()

if let seconds {
  Task {
    try await Task.sleep(for: .seconds(seconds))
    ring.close()
  }
}

print("PID", "PARENT", "NAME", "ARGUMENTS", separator: "\t")
fflush(nil)
var dropped: UInt64 = 0
for try await event in ring.events(as: Execsnoop.Event.self) {
  print(event.pid, event.parent, String(event.name), event.commandLine, separator: "\t")
  // Programs that found the ring full did so before this record was read.
  let droppedNow = try execsnoop.variables.dropped
  if droppedNow > dropped { print("\(droppedNow - dropped) more, for which there was no room") }
  dropped = droppedNow
  fflush(nil)
}

extension Execsnoop.Event {
  /// The arguments as they could be typed; `…` stands for what is not in the record.
  var commandLine: String {
    let bytes = arguments.indices.prefix(Int(read)).map { arguments[$0] }
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map { bytes in
      let word = String(decoding: bytes, as: UTF8.self)
      let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || $0.isPunctuation || $0.isSymbol }
      return isPlain && !word.isEmpty ? word : word.debugDescription
    }
    // Behind the 0 of the last argument there is none.
    return read < size ? words.joined(separator: " ") + "…" : words.dropLast().joined(separator: " ")
  }
}
