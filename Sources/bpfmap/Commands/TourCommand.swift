//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct TourCommand: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: "See the main things done on this machine's kernel, step by step.",
    discussion: """
      Creates maps of its own, fills, reads, pins, shares and freezes them, shows
      two typical errors, and cleans up. Every line tells what really happened;
      the exit status is 1 if anything did not hold. Needs root. Other maps and
      mounts are left alone, and nothing remains, however the tour ends.

      Example:
        sudo bpfmap tour
      """)

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var log = TourLog(to: Output(to: .standardOutput), isJSON: format.isJSON)
    try Tour().run(&log)
    try log.end()
    if !log.failures.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
