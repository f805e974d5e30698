//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CSoak
import Foundation
import SystemPackage

/// Runs all workloads at once for some time, and then checks the counts: `soak [SECONDS [SEED]]`.
///
/// The seed determines the order of each workload's actions, but not how the kernel schedules threads. The exit status
/// is 0 if all counts add up and nothing is left behind, otherwise 1.
@main
enum Soak {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
    guard arguments.count <= 2, !arguments.contains(nil) else {
      log("usage: soak [SECONDS [SEED]], both numbers")
      exit(1)
    }
    let seconds = arguments.first.flatMap { $0 } ?? 60
    let seed = arguments.dropFirst().first.flatMap { $0 } ?? .random(in: 0..<1_000_000)
    log("soak: \(seconds) s, seed \(seed); repeat with .ci/soak \(seconds) \(seed)")
    do {
      // Before a second thread starts: later threads inherit this one's network and mount namespaces.
      let pins = try PinDirectory()
      Task {
        let isGood = await run(seconds: seconds, seed: seed, pins)
        pins.remove()
        exit(isGood ? 0 : 1)
      }
      dispatchMain()
    } catch {
      log("soak: \(error)")
      exit(1)
    }
  }

  /// Runs all workloads and prints the report. Returns whether there was no error.
  private static func run(seconds: UInt64, seed: UInt64, _ pins: PinDirectory) async -> Bool {
    let before = ResourceSnapshot.current()
    let tracker = ObjectTracker()
    let memory = MemoryCurve()
    let schedule = Schedule(seconds: seconds, seed: seed)
    let watcher = Task { await watch(schedule, tracker, memory) }
    let reports = await withTaskGroup(of: [WorkloadReport].self) { group in
      for workload in workloads(schedule, tracker, pins) {
        group.addTask {
          do {
            return try await workload.run()
          } catch {
            // Without this exit, the other workloads would run on until the end.
            log("soak: \(error)")
            pins.remove()
            exit(1)
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    await watcher.value

    log("")
    for report in reports { log("\(report)") }
    let faults = memory.faults + ResourceSnapshot.faults(since: before) + tracker.faults() + pins.faults
    log("\(memory)")
    log("created and released: \(tracker)")
    for fault in faults { log("LEFT BEHIND: \(fault)") }
    let isGood = faults.isEmpty && reports.allSatisfy { $0.isBalanced }
    log(isGood ? "passed: all counts add up, and nothing is left behind" : "FAILED (seed \(seed))")
    return isGood
  }

  private static func workloads(_ schedule: Schedule, _ tracker: ObjectTracker, _ pins: PinDirectory)
    -> [any Workload]
  {
    [
      HookedRing(schedule, tracker, pins), ManyRings(schedule, tracker), PerfRecords(schedule, tracker),
      SentRequests(schedule, tracker), PrintedLines(schedule, tracker), SweptTable(schedule, tracker),
      LoadedObjects(schedule, tracker, pins),
    ]
  }

  /// Prints progress every five seconds, and samples the memory use every half second.
  private static func watch(_ schedule: Schedule, _ tracker: ObjectTracker, _ memory: MemoryCurve) async {
    var halves = 0
    while !schedule.isOver {
      try? await Task.sleep(for: .milliseconds(500))
      memory.note(schedule.share)
      halves += 1
      if halves % 10 == 0 { log("\(halves / 2) s: \(tracker.progress), \(memory.latest) MiB in memory") }
    }
  }
}

/// Prints a line and flushes standard output.
func log(_ line: String) {
  print(line)
  fflush(nil)
}

/// An error that ends the run.
struct SoakError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
