//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// Opens the perf buffers of all CPUs again and again, and overruns them.
struct PerfRecords: Workload {
  private let schedule: Schedule
  private let tracker: ObjectTracker

  private final class Tally: Sendable {
    struct Numbers { var (read, lost, sum) = (UInt64(0), UInt64(0), UInt64(0)) }
    let numbers = Mutex(Numbers())

    func add(_ event: PerfEvent<UInt64>) {
      numbers.withLock { numbers in
        switch event {
        case .sample(_, let number):
          numbers.read += 1
          numbers.sum &+= number
        case .lost(_, let count): numbers.lost += UInt64(count)
        }
      }
    }

    func add(_ record: borrowing PerfBuffer.Record) {
      switch record {
      case .sample(let cpu, let bytes):
        add(.sample(cpu: cpu, unsafe bytes.unsafeLoadUnaligned(as: UInt64.self)))
      case .lost(let cpu, let count): add(PerfEvent.lost(cpu: cpu, count: count))
      }
    }
  }

  init(_ schedule: Schedule, _ tracker: ObjectTracker) { (self.schedule, self.tracker) = (schedule, tracker) }

  func run() async throws -> [WorkloadReport] {
    let samples = try Samples.load()
    tracker.note(samples.object)
    let map = try samples.maps.samples.handle
    let (send, tally) = (try samples.programs.send, Tally())
    var (dice, rounds, withoutBuffer) = (schedule.dice("perf"), 0, UInt64(0))
    while !schedule.isOver {
      // Opening succeeds only after the previous buffers have left the map.
      _ = try await opened(map, pageCount: 1, .records(1))
      let before = try samples.variables.failed
      try Self.send(send, 10, cpu: 0)
      // The map has no buffers now, so that every record fails.
      withoutBuffer += try samples.variables.failed - before
      try await period(map, send, tally, dice.roll(0..<1 << 30))
      rounds += 1
    }
    let (failed, sum) = (try samples.variables.failed, try samples.variables.sum)
    let begun = try samples.variables.begun
    return [
      tally.numbers.withLock { numbers in
        var report = WorkloadReport("perf buffers", sent: begun, received: numbers.read, lost: failed)
        report.remarks = "opened \(rounds) times"
        if numbers.lost + withoutBuffer != failed {
          report.faults.append(
            "\(failed) failed, but \(numbers.lost) were reported lost and \(withoutBuffer) had no buffer")
        }
        if numbers.sum != sum { report.faults.append("the records read differ from those sent") }
        return report
      }
    ]
  }

  /// Opens buffers, sends to them from a thread for a while, and reads all records before closing them.
  private func period(_ map: MapHandle, _ send: Program, _ tally: Tally, _ seed: Int) async throws {
    var dice = Dice(seed: UInt64(seed))
    let wakeUp = PerfBuffer.WakeUp.records(dice.roll(1..<4))
    let buffer = try await opened(map, pageCount: 1 << dice.roll(0..<4), wakeUp)
    let cpus = buffer.cpus
    let isOver = Flag()
    async let producer: Void = Job.run {
      var dice = Dice(seed: UInt64(seed + 1))
      while !isOver.isSet {
        try Self.send(send, 1 << dice.roll(0..<9), cpu: cpus[dice.roll(0..<cpus.count)])
        pause(dice.moment(3))
      }
    }
    for _ in 0..<dice.roll(5..<40) where !schedule.isOver {
      let moment = dice.moment(20)
      switch dice.roll(0..<3) {
      case 0: tracker.noteRecords(try buffer.consume(limit: dice.roll(1..<1000)) { tally.add($0) })
      case 1: try await Job.run { tracker.noteRecords(try buffer.poll(timeout: moment) { tally.add($0) }) }
      default:
        let task = Task {
          for try await event in buffer.events(as: UInt64.self) {
            tally.add(event)
            tracker.noteRecords(1)
          }
        }
        try await Task.sleep(for: moment)
        task.cancel()
        try await task.value
        tracker.noteCancelled()
      }
    }
    isOver.set()
    try await producer
    try buffer.consume { tally.add($0) }
    // The kernel reports lost records before the next record.
    for cpu in cpus { try Self.send(send, 1, cpu: cpu) }
    try buffer.consume { tally.add($0) }
    buffer.close()
  }

  private func opened(
    _ map: MapHandle, pageCount: Int, _ wakeUp: PerfBuffer.WakeUp
  ) async throws -> PerfBuffer {
    for _ in 0..<10_000 {
      do throws(BPFError) {
        return try PerfBuffer(map, pageCount: pageCount, wakeUp: wakeUp)
      } catch {
        // A task's captures may outlive the task briefly.
        guard error.code == .busy else { throw error }
        try await Task.sleep(for: .microseconds(100))
      }
    }
    throw SoakError("the perf buffers are still open")
  }

  private static func send(_ program: Program, _ count: Int, cpu: Int) throws {
    let arguments = withUnsafeBytes(of: (UInt64(count), UInt64(0))) { Array($0) }
    _ = try program.run(context: arguments, flags: .onCPU, cpu: cpu)
  }
}
