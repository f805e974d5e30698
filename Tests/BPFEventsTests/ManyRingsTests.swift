//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests of one reader of 64 rings.
@Suite("Many ring buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct ManyRingsTests {
  /// A record of the program in `many.bpf.c`.
  private struct Record: BitwiseCopyable {
    var ring: UInt32
    var unused: UInt32
    var number: UInt64
  }

  /// The program, and the rings that it sends to.
  private struct ManyRings: Sendable {
    static let count = 64
    let object: Object
    let maps: [MapHandle]

    private static let file = Result { try EventFixture.object("many") }

    init() throws {
      object = try Self.file.get().load()
      let rings = try ArrayOfMaps(#require(object.maps["rings"]), checkingTypes: false)
      maps = try (0..<Self.count).map { index in
        let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
        try rings.update(index, to: ring)
        return ring
      }
    }

    /// Sends the same number of records to each ring.
    func send(_ each: UInt32) throws {
      let program = try #require(object.programs["send"])
      for ring in 0..<Self.count {
        #expect(try program.run(context: UInt64(ring).bytes + UInt64(each).bytes).returnValue == 0)
      }
    }

    /// The number of records that each ring dropped.
    var dropped: [UInt64] {
      get throws {
        let numbers: [64 of UInt64] = try object.variable("dropped")
        return numbers.indices.map { numbers[$0] }
      }
    }
  }

  /// The records that were read from each ring.
  private struct Tally: Sendable {
    var read = [UInt64](repeating: 0, count: ManyRings.count)
    var next = [UInt64](repeating: 0, count: ManyRings.count)
    var disorder = 0

    mutating func add(_ record: Record) {
      let ring = Int(record.ring)
      if record.number < next[ring] { disorder += 1 }
      read[ring] += 1
      next[ring] = record.number + 1
    }

    /// Expects that each record sent was either read or dropped.
    func expect(sent: UInt64, _ rings: ManyRings) throws {
      #expect(disorder == 0)
      #expect(try zip(read, rings.dropped).allSatisfy { $0 + $1 == sent })
      #expect(read.allSatisfy { $0 > 0 })
    }
  }

  private static let (rounds, each) = (100, UInt32(50))

  @Test("A poll of all rings reads each ring's records in order")
  func polling() throws {
    let rings = try ManyRings()
    let buffer = try RingBuffer(rings.maps)
    let isDone = Flag()
    let producer = Worker.start {
      for _ in 0..<Self.rounds { try rings.send(Self.each) }
      isDone.set()
    }
    var tally = Tally()
    while true {
      let isLast = isDone.isSet
      let count = try buffer.poll(as: Record.self, timeout: .milliseconds(1)) { tally.add($0) }
      if isLast && count == 0 { break }
    }
    _ = try producer.join()
    try tally.expect(sent: UInt64(Self.rounds) * UInt64(Self.each), rings)
  }

  @Test("A sequence of all rings reads each ring's records in order")
  func sequence() async throws {
    let rings = try ManyRings()
    let buffer = try RingBuffer(rings.maps)
    let producer = Worker.start { for _ in 0..<Self.rounds { try rings.send(Self.each) } }
    let reader = Task {
      var tally = Tally()
      for try await record in buffer.events(as: Record.self) { tally.add(record) }
      return tally
    }
    _ = try producer.join()
    while buffer.availableBytes > 0 { await Task.yield() }
    reader.cancel()
    try await reader.value.expect(sent: UInt64(Self.rounds) * UInt64(Self.each), rings)
  }

  @Test("A record in any ring wakes a reader that waits for all")
  func waking() async throws {
    let rings = try ManyRings()
    let buffer = try RingBuffer(rings.maps)
    for _ in 0..<20 {
      let reader = Worker.start { () throws -> Int in
        var count = 0
        while count < ManyRings.count { count += try buffer.poll { _ in } }
        return count
      }
      try rings.send(1)
      #expect(try reader.join() == ManyRings.count)
    }
  }
}
