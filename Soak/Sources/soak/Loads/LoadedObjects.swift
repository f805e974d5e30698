//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Objects that are loaded, run, pinned, opened from their pins, and released, again and again.
struct LoadedObjects: Load {
  private let schedule: Schedule
  private let ledger: Ledger
  private let pins: PinDirectory

  init(_ schedule: Schedule, _ ledger: Ledger, _ pins: PinDirectory) {
    (self.schedule, self.ledger, self.pins) = (schedule, ledger, pins)
  }

  func run() async throws -> [Account] {
    try await Job.run {
      var (dice, loads, changes) = (schedule.dice("objects"), UInt64(0), UInt64(0))
      while !schedule.isOver {
        changes += try use(dice.roll(1..<100))
        loads += 1
        pause(dice.moment(20))
      }
      // Each has run a hundred times over ten elements, which it puts in and takes out.
      var account = Account("runs of objects that are loaded", sent: loads * 2000, received: changes, lost: 0)
      account.remarks = "\(loads) objects"
      return [account]
    }
  }

  /// Loads an object, and returns how many changes its program made.
  private func use(_ first: Int) throws -> UInt64 {
    let object = try Table.load()
    ledger.note(object.object)
    let (map, program) = (try object.maps.table.handle, try object.programs.churn)
    let (mapPath, programPath) = (pins.path.appending("table"), pins.path.appending("churn"))
    try map.pin(at: mapPath)
    try program.pin(at: programPath)
    let pinned = try Program(pinnedAt: programPath)
    let range = withUnsafeBytes(of: (UInt64(first), UInt64(10))) { Array($0) }
    for _ in 0..<100 { _ = try pinned.run(context: range) }
    guard try MapHandle(pinnedAt: mapPath).id == map.id, pinned.id == program.id else {
      throw Trouble("something else is pinned than was pinned")
    }
    try map.unpin(from: mapPath)
    try program.unpin(from: programPath)
    return try object.variables.changes
  }
}
