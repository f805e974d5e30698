//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// Reads lines that a program prints to the kernel's trace, in loops that are cancelled. The machine has only one
/// trace, so nothing is checked while another process reads it.
struct PrintedLines: Workload {
  private let schedule: Schedule
  private let tracker: ObjectTracker

  private final class Tally: Sendable {
    struct Numbers {
      var (read, lost, next, disorder, torn) = (UInt64(0), UInt64(0), UInt32(0), 0, 0)
    }
    let numbers = Mutex(Numbers())

    func add(_ line: TraceLine, mark: String) {
      numbers.withLock { numbers in
        numbers.lost += UInt64(line.lost?.count ?? 0)
        guard line.raw.contains(mark) else { return }
        guard let text = line.message?.text, text.hasPrefix(mark), text.hasSuffix("."),
          let number = UInt32(text.dropFirst(mark.count).dropLast())
        else {
          numbers.torn += 1
          return
        }
        if number < numbers.next { numbers.disorder += 1 }
        numbers.next = number + 1
        numbers.read += 1
      }
    }
  }

  init(_ schedule: Schedule, _ tracker: ObjectTracker) { (self.schedule, self.tracker) = (schedule, tracker) }

  func run() async throws -> [WorkloadReport] {
    let pipe: TracePipe
    do throws(BPFError) {
      pipe = try TracePipe()
    } catch {
      guard error.code == .busy else { throw error }
      var report = WorkloadReport("trace", sent: 0, received: 0, lost: 0)
      report.remarks = "in use by another process"
      return [report]
    }
    let requests = try Requests.load()
    tracker.note(requests.object)
    let mark = UInt32(truncatingIfNeeded: schedule.seed &* 1009 &+ UInt64(getpid()))
    let tally = Tally()
    async let printed: Void = Job.run {
      var dice = schedule.dice("printer")
      while !schedule.isOver {
        let lines = withUnsafeBytes(of: (mark, UInt32(1 << dice.roll(0..<12)))) { Array($0) }
        _ = try requests.programs.print.run(context: lines)
        pause(dice.moment(20) + .milliseconds(20))
      }
    }
    var dice = schedule.dice("trace")
    while !schedule.isOver { try await read(pipe, "soak \(mark) ", tally, for: dice.moment(60)) }
    try await printed
    // Other programs may print as well, but one second is enough to read the remaining lines.
    try await read(pipe, "soak \(mark) ", tally, for: .seconds(1))
    let sent = UInt64(try requests.variables.printed)
    return [
      tally.numbers.withLock { numbers in
        var report = WorkloadReport("trace", sent: sent, received: numbers.read, lost: numbers.lost)
        report.hasOthers = true
        if numbers.disorder > 0 { report.faults.append("\(numbers.disorder) lines out of order") }
        if numbers.torn > 0 { report.faults.append("\(numbers.torn) lines in pieces") }
        return report
      }
    ]
  }

  private func read(_ pipe: TracePipe, _ mark: String, _ tally: Tally, for moment: Duration) async throws {
    let task = Task {
      for try await line in pipe.lines(every: .milliseconds(2)) { tally.add(line, mark: mark) }
    }
    try await Task.sleep(for: moment)
    task.cancel()
    try await task.value
    tracker.noteCancelled()
  }
}
