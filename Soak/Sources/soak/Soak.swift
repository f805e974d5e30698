//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CSoak
import Foundation
import SystemPackage

/// Everything at once, for some time, and then the counts: `soak [SECONDS [SEED]]`.
///
/// The seed decides what is begun after what; which thread comes first is the machine's choice. It ends with status 0 if
/// all counts add up and nothing is left behind, and else with 1.
@main
enum Soak {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
    guard arguments.count <= 2, !arguments.contains(nil) else {
      tell("soak [SECONDS [SEED]]: both are numbers")
      exit(1)
    }
    let seconds = arguments.first.flatMap { $0 } ?? 60
    let seed = arguments.dropFirst().first.flatMap { $0 } ?? .random(in: 0..<1_000_000)
    tell("soak: \(seconds) s, seed \(seed); again: .ci/soak \(seconds) \(seed)")
    do {
      // Before there is a second thread: the later ones have the network and the file system of this one.
      let pins = try PinDirectory()
      Task {
        let isGood = await run(seconds: seconds, seed: seed, pins)
        pins.remove()
        exit(isGood ? 0 : 1)
      }
      dispatchMain()
    } catch {
      tell("soak: \(error)")
      exit(1)
    }
  }

  /// Runs, tells, and returns whether all is well.
  private static func run(seconds: UInt64, seed: UInt64, _ pins: PinDirectory) async -> Bool {
    let before = Belongings.current()
    let ledger = Ledger()
    let memory = MemoryCurve()
    let schedule = Schedule(seconds: seconds, seed: seed)
    let watcher = Task { await watch(schedule, ledger, memory) }
    let accounts = await withTaskGroup(of: [Account].self) { group in
      for load in loads(schedule, ledger, pins) {
        group.addTask {
          do {
            return try await load.run()
          } catch {
            // The others would go on for the rest of the time.
            tell("soak: \(error)")
            pins.remove()
            exit(1)
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    await watcher.value

    tell("")
    for account in accounts { tell("\(account)") }
    let faults = memory.faults + Belongings.faults(since: before) + ledger.faults() + pins.faults
    tell("\(memory)")
    tell("made and gone: \(ledger)")
    for fault in faults { tell("LEFT BEHIND: \(fault)") }
    let isGood = faults.isEmpty && accounts.allSatisfy { $0.isBalanced }
    tell(isGood ? "good: all counts add up, and nothing is left behind" : "NOT GOOD (seed \(seed))")
    return isGood
  }

  private static func loads(_ schedule: Schedule, _ ledger: Ledger, _ pins: PinDirectory) -> [any Load] {
    [
      HookedRing(schedule, ledger, pins), ManyRings(schedule, ledger), PerfRecords(schedule, ledger),
      SentRequests(schedule, ledger), PrintedLines(schedule, ledger), SweptTable(schedule, ledger),
      LoadedObjects(schedule, ledger, pins),
    ]
  }

  /// Prints a line every five seconds, and notes how much memory is taken each half.
  private static func watch(_ schedule: Schedule, _ ledger: Ledger, _ memory: MemoryCurve) async {
    var halves = 0
    while !schedule.isOver {
      try? await Task.sleep(for: .milliseconds(500))
      memory.note(schedule.share)
      halves += 1
      if halves % 10 == 0 { tell("\(halves / 2) s: \(ledger.progress), \(memory.latest) MiB in memory") }
    }
  }
}

/// Prints a line at once, wherever it goes.
func tell(_ line: String) {
  print(line)
  fflush(nil)
}

/// What went wrong.
struct Trouble: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
