//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ArgumentParser
internal import Glibc

@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Measures what the library costs beside C that makes the same system calls.",
    discussion: "Needs root, and a kernel with batches (Linux 5.6).")

  @Option(help: "Measure only workloads whose name matches a regular expression.")
  var filter: String?

  @Option(help: "How many rounds, at least 5; by default as many as fit into four seconds.")
  var rounds: Int?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(help: "Exit with 1 if a target is missed, and name it.")
  var check = false

  @Flag(help: "Exit with 1 if a target of counts is missed, which no other load on the machine can cause.")
  var checkCounts = false

  @Flag(help: "Print the names of the workloads, and measure nothing.")
  var list = false

  func validate() throws {
    if let rounds, rounds < 5 { throw ValidationError("A median of fewer than 5 rounds says little.") }
    _ = try chosen()
  }

  func run() throws {
    let workloads = try chosen()
    if list { return workloads.forEach { print($0.name) } }
    let meter = Meter(instruments: try Instruments(), rounds: rounds)
    var measurements: [Measurement] = []
    for workload in workloads {
      if let obstacle = workload.obstacle {
        progress("")
        complain("left out \(workload.name): \(obstacle)")
        continue
      }
      progress("measuring \(workload.name)")
      let measured = try meter.measure(workload)
      if json {
        measured.forEach { print($0.json) }
        // Whoever reads the lines through a pipe wants them as they come.
        fflush(nil)
      }
      measurements += measured
    }
    progress("")
    if !json { Table(measurements).lines.forEach { print($0) } }
    var misses = check || checkCounts ? measurements.flatMap(\.missesOfCounts) : []
    if check { misses += measurements.flatMap { $0.missesOfTime + $0.missesOfMemory } }
    if !misses.isEmpty {
      misses.forEach { complain("missed: \($0)") }
      throw ExitCode(1)
    }
  }

  /// The workloads asked for; without a filter, all but those that must be asked for.
  private func chosen() throws -> [Workload] {
    guard let filter else { return Workload.all.filter { list || !$0.isOnDemand } }
    guard let pattern = try? Regex(filter) else {
      throw ValidationError("'\(filter)' is not a regular expression.")
    }
    let chosen = Workload.all.filter { $0.name.contains(pattern) }
    if chosen.isEmpty { throw ValidationError("No workload matches '\(filter)'; see --list.") }
    return chosen
  }

  /// What is going on, for somebody who waits.
  private func progress(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    write("\r\u{1b}[K" + text)
  }

  private func complain(_ text: String) { write(text + "\n") }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
