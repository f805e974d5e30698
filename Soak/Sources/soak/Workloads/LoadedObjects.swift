//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Repeatedly loads objects, runs, pins, and reopens them, and releases them.
struct LoadedObjects: Workload {
  private let schedule: Schedule
  private let tracker: ObjectTracker
  private let pins: PinDirectory

  init(_ schedule: Schedule, _ tracker: ObjectTracker, _ pins: PinDirectory) {
    (self.schedule, self.tracker, self.pins) = (schedule, tracker, pins)
  }

  func run() async throws -> [WorkloadReport] {
    try await Job.run {
      var (dice, loads, changes) = (schedule.dice("objects"), UInt64(0), UInt64(0))
      while !schedule.isOver {
        changes += try use(dice.roll(1..<100))
        loads += 1
        pause(dice.moment(20))
      }
      // Each object runs a hundred times, and each run inserts and deletes ten elements.
      var report = WorkloadReport("runs of loaded objects", sent: loads * 2000, received: changes, lost: 0)
      report.remarks = "\(loads) objects"
      return [report]
    }
  }

  /// Loads and uses an object. Returns how many changes its program made.
  private func use(_ first: Int) throws -> UInt64 {
    let object = try Table.load()
    tracker.note(object.object)
    let (map, program) = (try object.maps.table.handle, try object.programs.churn)
    let (mapPath, programPath) = (pins.path.appending("table"), pins.path.appending("churn"))
    try map.pin(at: mapPath)
    try program.pin(at: programPath)
    let pinned = try Program(pinnedAt: programPath)
    let range = withUnsafeBytes(of: (UInt64(first), UInt64(10))) { Array($0) }
    for _ in 0..<100 { _ = try pinned.run(context: range) }
    guard try MapHandle(pinnedAt: mapPath).id == map.id, pinned.id == program.id else {
      throw SoakError("the pins have other objects")
    }
    try map.unpin(from: mapPath)
    try program.unpin(from: programPath)
    return try object.variables.changes
  }
}
