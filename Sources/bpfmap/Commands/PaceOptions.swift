//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// How often a command does what it does again and again, and until when.
struct PaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Seconds from one round to the next, like 0.5.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: ArgumentHelp("End after so many rounds.", valueName: "rounds"))
  var count: Int?

  @Option(help: ArgumentHelp("End after so many seconds, with a last round.", valueName: "seconds"))
  var duration: Double?

  /// What was asked for, once it is known to be possible.
  func checked() throws(Failure) -> Pace.Terms {
    let interval = try Duration(writtenSeconds: interval, "--interval")
    let duration = try duration.map { (seconds) throws(Failure) in
      try Duration(writtenSeconds: seconds, "--duration")
    }
    if let count, count < 1 { throw .usage("--count takes a number of rounds, at least 1") }
    return Pace.Terms(interval: interval, duration: duration, rounds: count)
  }
}
