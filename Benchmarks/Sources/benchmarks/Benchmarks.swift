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
    abstract: "Measures the library against C code that makes the same system calls.",
    discussion: "Requires root, and batch operations (Linux 5.6).")

  @Option(help: "Measure only workloads whose names match a regular expression.")
  var filter: String?

  @Option(help: "The number of rounds, at least 5. By default as many as fit into four seconds.")
  var rounds: Int?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Flag(help: "Exit with status 1 if a target is missed, and print it.")
  var check = false

  @Flag(
    help:
      "Exit with status 1 if a target for counts is missed. Other load on the machine does not affect counts."
  )
  var checkCounts = false

  @Flag(help: "Print the names of the workloads without measuring.")
  var list = false

  func validate() throws {
    if let rounds, rounds < 5 { throw ValidationError("--rounds must be at least 5.") }
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
        complain("skipped \(workload.name): \(obstacle)")
        continue
      }
      progress("measuring \(workload.name)")
      let measured = try meter.measure(workload)
      if json {
        measured.forEach { print($0.json) }
        // A reader of a pipe gets each line at once.
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

  /// Returns the selected workloads. Without a filter, excludes those that run only on demand.
  private func chosen() throws -> [Workload] {
    guard let filter else { return Workload.all.filter { list || !$0.isOnDemand } }
    guard let pattern = try? Regex(filter) else {
      throw ValidationError("'\(filter)' is not a regular expression.")
    }
    let chosen = Workload.all.filter { $0.name.contains(pattern) }
    if chosen.isEmpty { throw ValidationError("No workload matches '\(filter)'; see --list.") }
    return chosen
  }

  /// Shows progress on a terminal.
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
