//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BPFEvents

@Suite("Pausing and overwriting perf buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct PerfBufferPauseTests {
  /// The numbers of the records of one CPU, and the number of lost ones.
  private struct Tally {
    var numbers: [UInt64] = []
    var lost = 0
    /// The number of records before the last report of lost ones.
    var reportedAfter = 0

    mutating func add(_ record: borrowing PerfBuffer.Record) {
      switch record {
      case .sample(_, let bytes): numbers.append(unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
      case .lost(_, let count):
        lost += count
        reportedAfter = numbers.count
      }
    }
  }

  @Test("A paused buffer keeps its records, and reports those that follow as lost")
  func pause() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    try samples.send(3)
    #expect(!buffer.isPaused)
    try buffer.pause()
    #expect(buffer.isPaused)
    let before = buffer.availableBytes
    try samples.send(5)
    #expect(try samples.failed == 5 && buffer.availableBytes == before)
    var tally = Tally()
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [0, 1, 2] && tally.lost == 0)
    try buffer.resume()
    #expect(!buffer.isPaused)
    try samples.send(2)
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [0, 1, 2, 8, 9] && tally.lost == 5)
    #expect(try samples.failed == 5)
  }

  @Test("Rings that are opened during a pause are paused, too")
  func pauseOfNewRings() throws {
    let samples = try Samples()
    let online = try OnlineCPUs.current()
    let buffer = try PerfBuffer(samples.map, pageCount: 1, wakeUp: .records(1), cpus: [])
    try buffer.pause()
    try buffer.update(online)
    try samples.send(4)
    #expect(try samples.failed == 4 && buffer.availableBytes == 0)
    try buffer.resume()
    try samples.send(1)
    var tally = Tally()
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [4] && tally.lost == 4)
  }

  @Test("An overwriting buffer has the latest records of each CPU, the oldest first")
  func latest() throws {
    let samples = try Samples()
    let buffer = try OverwritingPerfBuffer(samples.map, pageCount: 1)
    #expect(try buffer.cpus == OnlineCPUs.current())
    #expect(try buffer.consume { _ in } == 0)
    try samples.send(3000)
    #expect(try samples.failed == 0)
    var tally = Tally()
    let count = try buffer.consume { tally.add($0) }
    // A record of 12 bytes takes 24 with its header and length: 170 of them fit into a page.
    #expect(count == tally.numbers.count && count >= 168 && count <= 170)
    #expect(tally.numbers == Array(UInt64(3000 - count)..<3000) && tally.lost == 0)
    // They are read once.
    #expect(try buffer.consume { _ in } == 0)
    for size in [8, 60, 200] {
      try samples.send(3, bytes: size)
      tally = Tally()
      try buffer.consume { tally.add($0) }
      let next = try samples.object.variable("number", as: UInt64.self)
      #expect(tally.numbers == [next - 3, next - 2, next - 1])
    }
  }

  @Test("Records of any size that wrap around are intact")
  func sizes() throws {
    let samples = try Samples()
    let buffer = try OverwritingPerfBuffer(samples.map, pageCount: 1)
    var next: UInt64 = 0
    for round in 0..<200 {
      let size = 8 + round
      try samples.send(7, bytes: size)
      try buffer.consume { record in
        if case .sample(let cpu, let bytes) = record {
          let (count, number) = (bytes.byteCount, unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
          #expect(cpu == 0 && count == ((size + 4 + 7) & ~7) - 4 && number == next)
          next += 1
        }
      }
    }
    #expect(next == 1400)
  }

  @Test("A paused overwriting buffer keeps what it has, while records are read and after")
  func pausedOverwriting() throws {
    let samples = try Samples()
    let buffer = try OverwritingPerfBuffer(samples.map)
    try samples.send(3)
    try buffer.pause()
    #expect(buffer.isPaused)
    try samples.send(2)
    var tally = Tally()
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [0, 1, 2])
    try samples.send(1)
    #expect(try samples.failed == 3)
    try buffer.resume()
    try samples.send(1)
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [0, 1, 2, 6] && tally.lost == 3 && tally.reportedAfter == 3)
  }

  @Test("Only one reader at a time, and its error resumes the output")
  func readers() throws {
    let samples = try Samples()
    let buffer = try OverwritingPerfBuffer(samples.map)
    try samples.send(2)
    try buffer.consume { _ in
      let busy = #expect(throws: BPFError.self) { try buffer.consume { _ in } }
      #expect(busy?.code == .busy)
      #expect(throws: BPFError.self) { try buffer.resume() }
    }
    try samples.send(2)
    let stop = BPFError(.consume, .system, "stop")
    #expect(throws: BPFError.self) { try buffer.consume { (_) throws(BPFError) in throw stop } }
    try samples.send(1)
    #expect(try samples.failed == 0)
    var tally = Tally()
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers == [4])
  }

  @Test("Refuses maps of another type, wrong page counts, and a second buffer of a map")
  func refusals() throws {
    let samples = try Samples()
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let type = #expect(throws: BPFError.self) { try OverwritingPerfBuffer(array) }
    #expect(type?.code == .typeMismatch)
    let pages = #expect(throws: BPFError.self) { try OverwritingPerfBuffer(samples.map, pageCount: 3) }
    #expect(pages?.code == .invalidArgument)
    let buffer = try OverwritingPerfBuffer(samples.map)
    let second = #expect(throws: BPFError.self) { try PerfBuffer(samples.map) }
    #expect(second?.code == .busy)
    withExtendedLifetime(buffer) {}
  }
}
