//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests closures that throw their own errors. Closures that do not throw any leave the errors of the call typed.
@Suite("Errors thrown by reading closures", .kernel, .sources)
struct OwnErrorTests {
  private struct Stop: Error, Equatable {
    var number: UInt64
  }

  private static func stop(_ number: UInt64) throws { throw Stop(number: number) }

  /// Compiles only if closures that throw nothing or `BPFError` leave the errors of the call typed.
  private static func readTyped(_ ring: RingBuffer, _ buffer: PerfBuffer) throws(BPFError) -> Int {
    var count = 0
    try ring.consume { _ in count += 1 }
    try ring.consume(from: 0) { (_) throws(BPFError) in count += 1 }
    try ring.consumeWhile { _ in true }
    try ring.consume(as: Event.self) { _ in count += 1 }
    try ring.poll(timeout: .zero) { _ in count += 1 }
    try ring.poll(as: Event.self, timeout: .zero) { _ in count += 1 }
    try buffer.consume { _ in count += 1 }
    try buffer.consumeWhile { (_) throws(BPFError) in true }
    try buffer.poll(timeout: .zero) { _ in count += 1 }
    return count
  }

  @Test("An error thrown by a ring's closure stops the reading, and the record counts as read")
  func ring() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(10)
    func number(_ record: RawSpan) -> UInt64 { unsafe record.unsafeLoad(as: UInt64.self) }
    #expect(throws: Stop(number: 0)) { try ring.consume { try Self.stop(number($0)) } }
    #expect(throws: Stop(number: 1)) {
      try ring.consume(from: 0) { (record) throws(Stop) in throw Stop(number: number(record)) }
    }
    #expect(throws: Stop(number: 3)) {
      try ring.consumeWhile { record in
        if number(record) == 3 { try Self.stop(3) }
        return true
      }
    }
    #expect(throws: Stop(number: 4)) { try ring.poll { try Self.stop(number($0)) } }
    #expect(throws: Stop(number: 5)) { try ring.consume(as: Event.self) { try Self.stop($0.number) } }
    #expect(throws: Stop(number: 6)) { try ring.poll(as: Event.self) { try Self.stop($0.number) } }
    var rest: [UInt64] = []
    let count = try ring.consume(limit: 2) { record in
      if record.byteCount == 0 { try Self.stop(0) }
      rest.append(number(record))
    }
    #expect(count == 2)
    #expect(rest == [7, 8])
  }

  @Test("Calls with throwing closures also throw the library's errors")
  func libraryErrors() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let error = #expect(throws: BPFError.self) { try ring.consume(from: 1) { _ in try Self.stop(0) } }
    #expect(error?.code == .outOfBounds)
    try records.send(1)
    let nested = #expect(throws: BPFError.self) {
      try ring.consume { _ in
        try ring.consume { _ in try Self.stop(0) }
      }
    }
    #expect(nested?.code == .busy)
    #expect(ring.availableBytes == 0)
  }

  @Test("An error thrown by a perf buffer's closure stops the reading, and the record counts as read")
  func perfBuffer() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    let cpu = try #require(buffer.cpus.first)
    try samples.send(4, cpu: cpu)
    func number(_ record: borrowing PerfBuffer.Record) -> UInt64 {
      switch record {
      case .sample(_, let bytes): unsafe bytes.unsafeLoadUnaligned(as: UInt64.self)
      case .lost: .max
      }
    }
    #expect(throws: Stop(number: 0)) { try buffer.consume { try Self.stop(number($0)) } }
    #expect(throws: Stop(number: 1)) {
      try buffer.consumeWhile { (record) throws(Stop) in throw Stop(number: number(record)) }
    }
    #expect(throws: Stop(number: 2)) { try buffer.poll { try Self.stop(number($0)) } }
    var last: UInt64 = 0
    try buffer.consume { last = number($0) }
    #expect(last == 3)
    let ring = try RingBuffer(Records().events)
    #expect(try Self.readTyped(ring, buffer) == 0)
  }
}
