//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// Sweeps a hash map while threads and a program insert and delete elements. Each sweep must find the elements that are
/// always present exactly once.
struct SweptTable: Workload {
  private static let steady = UInt64(4096)
  private let schedule: Schedule
  private let tracker: ObjectTracker

  init(_ schedule: Schedule, _ tracker: ObjectTracker) { (self.schedule, self.tracker) = (schedule, tracker) }

  func run() async throws -> [WorkloadReport] {
    let loaded = try Table.load()
    tracker.note(loaded.object)
    let table = try loaded.maps.table
    for key in 0..<Self.steady { try table.update(key, to: ~key) }
    async let program: Void = Job.run {
      var dice = schedule.dice("churn")
      let churn = try loaded.programs.churn
      while !schedule.isOver {
        _ = try churn.run(
          context: withUnsafeBytes(of: (UInt64(1 << 20), UInt64(dice.roll(1..<2000)))) { Array($0) })
        pause(dice.moment(4))
      }
    }
    async let writer: Void = Job.run {
      var dice = schedule.dice("writer")
      while !schedule.isOver {
        let first = UInt64(1 << 30)
        let count = UInt64(dice.roll(1..<500))
        for key in first..<first + count { try table.update(key, to: ~key) }
        for key in first..<first + count { try table.delete(key) }
        pause(dice.moment(4))
      }
    }
    var (sweeps, found, faults) = (UInt64(0), UInt64(0), [String]())
    while !schedule.isOver, faults.count < 10 {
      let (seen, wrong) = try await Job.run { try sweep(table) }
      (sweeps, found) = (sweeps + 1, found + seen)
      if wrong > 0 { faults.append("a sweep found \(wrong) elements twice or with a wrong value") }
      try await Task.sleep(for: .milliseconds(10))
    }
    try await program
    try await writer
    let left = try table.entries().count
    if left != Int(Self.steady) { faults.append("\(left) elements remain instead of \(Self.steady)") }
    var report = WorkloadReport(
      "elements of a swept map", sent: sweeps * Self.steady, received: found, lost: 0)
    report.remarks = "\(sweeps) sweeps, and \(try loaded.variables.changes) changes by a program"
    report.faults = faults
    return [report]
  }

  /// Sweeps the map. Returns the number of steady elements found, and the number found twice or with a wrong value.
  private func sweep(_ table: HashMap<UInt64, UInt64>) throws -> (UInt64, Int) {
    var (seen, wrong) = (Set<UInt64>(), 0)
    for (key, value) in try table.entries() {
      if value != ~key { wrong += 1 }
      guard key < Self.steady else { continue }
      if !seen.insert(key).inserted { wrong += 1 }
    }
    return (UInt64(seen.count), wrong)
  }
}
