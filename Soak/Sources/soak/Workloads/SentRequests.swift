//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation

/// Writes a user ring buffer from several threads, some with a timeout, while a program drains it now and then.
struct SentRequests: Workload {
  private let schedule: Schedule
  private let tracker: ObjectTracker

  /// The counts of one writer.
  private struct Sent: Sendable {
    var (submitted, discarded, refused, sum, bytes) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    static func + (one: Sent, other: Sent) -> Sent {
      var both = one
      both.submitted += other.submitted
      both.discarded += other.discarded
      both.refused += other.refused
      both.sum &+= other.sum
      both.bytes += other.bytes
      return both
    }
  }

  init(_ schedule: Schedule, _ tracker: ObjectTracker) { (self.schedule, self.tracker) = (schedule, tracker) }

  func run() async throws -> [WorkloadReport] {
    let requests = try Requests.load()
    tracker.note(requests.object)
    let buffer = try UserRingBuffer(requests.maps.requests)
    let areDone = Flag()
    async let drains: Void = Job.run {
      var (dice, drain) = (schedule.dice("drain"), try requests.programs.drain)
      while !areDone.isSet {
        _ = try drain.run(context: [0, 0, 0, 0, 0, 0, 0, 0])
        pause(dice.moment(4))
      }
    }
    let sent = try await withThrowingTaskGroup(of: Sent.self) { group in
      for thread in 0..<3 {
        group.addTask { try await Job.run { try write(buffer, schedule.dice("writer \(thread)")) } }
      }
      return try await group.reduce(Sent(), +)
    }
    areDone.set()
    try await drains
    while try requests.programs.drain.run(context: [0, 0, 0, 0, 0, 0, 0, 0]).signedReturnValue > 0 {}

    let variables = requests.variables
    var report = WorkloadReport(
      "user ring buffer", sent: sent.submitted, received: try variables.taken, lost: 0)
    report.remarks = "\(sent.discarded) discarded, \(sent.refused) times no space in time"
    if try variables.sum != sent.sum || variables.bytes != sent.bytes {
      report.faults.append("the records read differ from those sent")
    }
    if buffer.freeBytes != buffer.map.maxEntries {
      report.faults.append("\(buffer.freeBytes) bytes are free at the end, not \(buffer.map.maxEntries)")
    }
    return [report]
  }

  private func write(_ buffer: UserRingBuffer, _ dice: Dice) throws -> Sent {
    var (dice, sent) = (dice, Sent())
    while !schedule.isOver {
      let size = dice.roll(8..<1500)
      let timeout: Duration? = Bool.random(using: &dice) ? dice.moment(10) : nil
      let reservation =
        if let timeout { try buffer.reserve(size, timeout: timeout) } else { try buffer.reserve(size) }
      guard var reservation else {
        sent.refused += 1
        pause(dice.moment(2))
        continue
      }
      let number = dice.next()
      reservation.withBytes { $0.storeBytes(of: number, as: UInt64.self) }
      if dice.roll(0..<50) == 0 { pause(dice.moment(2)) }
      if dice.roll(0..<8) == 0 {
        reservation.discard()
        sent.discarded += 1
      } else {
        reservation.submit()
        sent.submitted += 1
        sent.sum &+= number
        sent.bytes += UInt64(size)
        tracker.noteRecords(1)
      }
    }
    return sent
  }
}
