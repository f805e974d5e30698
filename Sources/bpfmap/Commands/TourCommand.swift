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
    abstract: "Demonstrate the main operations step by step.",
    discussion: """
      Creates its own maps, then fills, reads, pins, shares and freezes them, shows
      two typical errors, and cleans up. Each step checks its results on the running
      kernel; the exit status is 1 if a check fails. Requires root. Does not touch
      other maps or mounts, and leaves nothing behind, even if it is killed.

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
