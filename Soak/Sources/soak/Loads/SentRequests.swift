//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation

/// A user ring buffer that several threads write, some of whom give up, and that a program drains now and then.
struct SentRequests: Load {
  private let schedule: Schedule
  private let ledger: Ledger

  /// What one thread has done.
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

  init(_ schedule: Schedule, _ ledger: Ledger) { (self.schedule, self.ledger) = (schedule, ledger) }

  func run() async throws -> [Account] {
    let requests = try Requests.load()
    ledger.note(requests.object)
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
    var account = Account("user ring buffer", sent: sent.submitted, received: try variables.taken, lost: 0)
    account.remarks = "\(sent.discarded) discarded, \(sent.refused) times no room in time"
    if try variables.sum != sent.sum || variables.bytes != sent.bytes {
      account.faults.append("other records were read than sent")
    }
    if buffer.freeBytes != buffer.map.maxEntries {
      account.faults.append("\(buffer.freeBytes) bytes are free in the end")
    }
    return [account]
  }

  private func write(_ buffer: UserRingBuffer, _ dice: Dice) throws -> Sent {
    var (dice, sent) = (dice, Sent())
    while !schedule.isOver {
      let size = dice.roll(8..<1500)
      let patience: Duration? = Bool.random(using: &dice) ? dice.moment(10) : nil
      let room =
        if let patience { try buffer.reserve(size, timeout: patience) } else { try buffer.reserve(size) }
      guard var room else {
        sent.refused += 1
        pause(dice.moment(2))
        continue
      }
      let number = dice.next()
      room.withBytes { $0.storeBytes(of: number, as: UInt64.self) }
      if dice.roll(0..<50) == 0 { pause(dice.moment(2)) }
      if dice.roll(0..<8) == 0 {
        room.discard()
        sent.discarded += 1
      } else {
        room.submit()
        sent.submitted += 1
        sent.sum &+= number
        sent.bytes += UInt64(size)
        ledger.noteRecords(1)
      }
    }
    return sent
  }
}
