//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The example execsnoop with both halves in Swift: the program is in the module ExecSnoopKernel.
//
//     execsnoop-swift [SECONDS]     until Ctrl-C by default
//
//     PID     PARENT  NAME    ARGUMENTS
//     9186    9185    echo    /bin/echo one two
//     9187    9185    env     env true "--name=x y"
//     9187    9185    true    true "--name=x y"

import BPF
import ExecSnoopKernel
import Glibc

let arguments = CommandLine.arguments.dropFirst()
let seconds = arguments.first.flatMap { Int($0) }
guard arguments.isEmpty || arguments.count == 1 && seconds != nil else {
  print("usage: execsnoop-swift [SECONDS]")
  exit(64)
}

do {
  let execSnoop = try ExecSnoop.load()
  let ring = try RingBuffer(execSnoop.maps.events)
  // The link keeps the program attached while it exists: here until the end.
  let link = try execSnoop.programs.executed.attach()
  defer { withExtendedLifetime(link) {} }

  if let seconds {
    Task {
      try await Task.sleep(for: .seconds(seconds))
      ring.close()
    }
  }

  print("PID", "PARENT", "NAME", "ARGUMENTS", separator: "\t")
  fflush(nil)
  var dropped: UInt64 = 0
  for try await event in ring.events(as: Event.self) {
    print(event.pid, event.parent, String(event.name), event.commandLine, separator: "\t")
    // Drops that are counted now happened before this record was read.
    let droppedNow = try execSnoop.variables.dropped
    if droppedNow > dropped { print("\(droppedNow - dropped) events were dropped") }
    dropped = droppedNow
    fflush(nil)
  }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}

extension Event {
  /// The arguments as typed in a shell, with `…` for those that the record truncates.
  var commandLine: String {
    let bytes = arguments.indices.prefix(Int(read)).map { arguments[$0] }
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map { bytes in
      let word = String(decoding: bytes, as: UTF8.self)
      let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || $0.isPunctuation || $0.isSymbol }
      return isPlain && !word.isEmpty ? word : word.debugDescription
    }
    // The last argument ends with a 0, so the last word is empty.
    return read < size ? words.joined(separator: " ") + "…" : words.dropLast().joined(separator: " ")
  }
}
