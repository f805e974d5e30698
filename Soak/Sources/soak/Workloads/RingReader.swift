//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Reads a ring buffer in all ways in random order: with closures on a thread, in tasks that are cancelled, and in
/// tasks and threads while the ring is closed, after which it is reopened.
struct RingReader<Event: BitwiseCopyable & Sendable>: Sendable {
  let maps: [MapHandle]
  let tracker: ObjectTracker
  let note: @Sendable (Event) -> Void

  /// Reads until the schedule is over.
  func read(_ schedule: Schedule, _ dice: Dice) async throws {
    var (dice, ring) = (dice, try RingBuffer(maps))
    while !schedule.isOver {
      let moment = dice.moment(20)
      switch dice.roll(0..<6) {
      case 0: try consume(ring, limit: dice.roll(1..<2000))
      case 1: try await poll(ring, moment)
      case 2, 3: try await loop(ring, cancelledAfter: moment)
      case 4: try await wait(ring, cancelledAfter: moment)
      default:
        try await close(ring, after: moment, isTask: Bool.random(using: &dice))
        ring = try await reopened(consume ring)
      }
    }
    ring.close()
  }

  /// Reads the remaining records.
  func finish() async throws {
    let ring = try await reopened(nil)
    try consume(ring, limit: .max)
  }

  // MARK: - Ways to read

  private func consume(_ ring: RingBuffer, limit: Int) throws {
    tracker.noteRecords(try ring.consume(as: Event.self, limit: limit) { note($0) })
  }

  private func poll(_ ring: RingBuffer, _ timeout: Duration) async throws {
    try await Job.run { tracker.noteRecords(try ring.poll(as: Event.self, timeout: timeout) { note($0) }) }
  }

  private func loop(_ ring: RingBuffer, cancelledAfter moment: Duration) async throws {
    let task = Task {
      for try await event in ring.events(as: Event.self) {
        note(event)
        tracker.noteRecords(1)
      }
    }
    try await stop(task, after: moment)
  }

  private func wait(_ ring: RingBuffer, cancelledAfter moment: Duration) async throws {
    let task = Task { while try await ring.wait() { try consume(ring, limit: .max) } }
    try await stop(task, after: moment)
  }

  private func stop(_ task: Task<Void, any Error>, after moment: Duration) async throws {
    try await Task.sleep(for: moment)
    task.cancel()
    try await task.value
    tracker.noteCancelled()
  }

  /// Closes the ring while a task or a thread waits.
  private func close(_ ring: RingBuffer, after moment: Duration, isTask: Bool) async throws {
    if isTask {
      let task = Task { for try await event in ring.events(as: Event.self) { note(event) } }
      try await Task.sleep(for: moment)
      ring.close()
      try await task.value
    } else {
      async let thread: Void = Job.run {
        while try ring.poll(as: Event.self, { note($0) }) > 0 {}
      }
      try await Task.sleep(for: moment)
      ring.close()
      try await thread
    }
    tracker.noteCancelled()
  }

  /// Opens the ring again once its readers have released it. A task's captures may outlive the task briefly.
  private func reopened(_ ring: consuming RingBuffer?) async throws -> RingBuffer {
    ring = nil
    for _ in 0..<10_000 {
      do throws(BPFError) {
        return try RingBuffer(maps)
      } catch {
        guard error.code == .busy else { throw error }
        try await Task.sleep(for: .microseconds(100))
      }
    }
    throw SoakError("the ring buffer '\(maps[0].name)' is still open")
  }
}
