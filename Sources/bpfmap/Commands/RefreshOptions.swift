//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// The options of commands that repeat: the refresh interval and the end.
struct RefreshOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The interval between rounds, such as 0.5.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: ArgumentHelp("End after this number of rounds.", valueName: "rounds"))
  var count: Int?

  @Option(help: ArgumentHelp("End after this time, with a last round.", valueName: "seconds"))
  var duration: Double?

  /// Returns the schedule that the options describe.
  ///
  /// - Throws: `Failure` if an option is out of range.
  func checked() throws(Failure) -> RefreshInterval.Schedule {
    let interval = try Duration(seconds: interval, option: "--interval")
    let duration = try duration.map { (seconds) throws(Failure) in
      try Duration(seconds: seconds, option: "--duration")
    }
    if let count, count < 1 { throw .usage("--count is \(count): write a number of rounds, at least 1") }
    return RefreshInterval.Schedule(interval: interval, duration: duration, rounds: count)
  }
}
