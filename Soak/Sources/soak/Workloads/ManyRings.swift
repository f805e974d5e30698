//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Synchronization

/// A record that the program of `many.bpf.c` sends.
struct ManyEvent: BitwiseCopyable {
  var ring: UInt32
  var unused: UInt32
  var number: UInt64
}

/// Reads 64 small ring buffers with one reader, while a thread sends more than they hold.
struct ManyRings: Workload {
  private static let count = 64
  private let schedule: Schedule
  private let tracker: ObjectTracker

  private final class Tally: Sendable {
    struct Numbers {
      var counts = [UInt64](repeating: 0, count: ManyRings.count)
      var next = [UInt64](repeating: 0, count: ManyRings.count)
      var disorder = 0
    }
    let numbers = Mutex(Numbers())

    func add(_ event: ManyEvent) {
      numbers.withLock { numbers in
        let ring = Int(event.ring) & (ManyRings.count - 1)
        if event.number < numbers.next[ring] { numbers.disorder += 1 }
        numbers.next[ring] = event.number + 1
        numbers.counts[ring] += 1
      }
    }
  }

  init(_ schedule: Schedule, _ tracker: ObjectTracker) { (self.schedule, self.tracker) = (schedule, tracker) }

  func run() async throws -> [WorkloadReport] {
    let many = try Many.load()
    tracker.note(many.object)
    let rings = try many.maps.rings
    let maps = try (0..<Self.count).map { index in
      let map = try MapHandle(type: .ringBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: 4096)
      tracker.note(map)
      try rings.update(index, to: map)
      return map
    }
    let tally = Tally()
    let reader = RingReader<ManyEvent>(maps: maps, tracker: tracker) { tally.add($0) }
    async let producer: Void = Job.run {
      var dice = schedule.dice("many")
      let send = try many.programs.send
      while !schedule.isOver {
        _ = try send.run(context: withUnsafeBytes(of: UInt32(1 << dice.roll(0..<9))) { Array($0) })
        pause(dice.moment(10))
      }
    }
    try await reader.read(schedule, schedule.dice("many rings"))
    try await producer
    try await reader.finish()

    let (sent, dropped) = (try many.variables.sent, try many.variables.dropped)
    return [
      tally.numbers.withLock { numbers in
        let indices = 0..<Self.count
        var report = WorkloadReport(
          "\(Self.count) ring buffers at once", sent: indices.reduce(0) { $0 + sent[$1] },
          received: numbers.counts.reduce(0, +), lost: indices.reduce(0) { $0 + dropped[$1] })
        for ring in indices where numbers.counts[ring] + dropped[ring] != sent[ring] {
          report.faults.append(
            "ring \(ring): \(sent[ring]) sent, \(numbers.counts[ring]) read, \(dropped[ring]) lost")
        }
        if numbers.disorder > 0 { report.faults.append("\(numbers.disorder) out of order") }
        return report
      }
    ]
  }
}
