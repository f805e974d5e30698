//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Ring buffers", .kernel, .sources)
struct RingBufferTests {
  private struct Stop: Error {}

  private static func numbers(_ ring: RingBuffer, limit: Int = .max) throws -> [UInt64] {
    var numbers: [UInt64] = []
    let count = try ring.consume(as: Event.self, limit: limit) { numbers.append($0.number) }
    #expect(count == numbers.count)
    return numbers
  }

  @Test("Reads each record once, in order, and in place")
  func order() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    #expect(ring.availableBytes == 0)
    try records.send(10)
    // Each record has a header of eight bytes.
    #expect(ring.availableBytes == 10 * 72)
    var numbers: [UInt64] = []
    let count = try ring.consume { record in
      #expect(record.byteCount == 64)
      numbers.append(unsafe record.unsafeLoad(as: UInt64.self))
    }
    #expect(count == 10 && numbers == Array(0..<10))
    #expect(ring.availableBytes == 0)
    #expect(try Self.numbers(ring) == [])
  }

  @Test("Records of all sizes are intact, also across the end of the ring")
  func sizes() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    for _ in 0..<50 {
      // They take about 3000 of at least 4096 bytes.
      try records.send(60, .sendSizes)
      var next = 1
      try ring.consume { record in
        #expect(record.byteCount == next)
        record.withUnsafeBytes { bytes in #expect(unsafe bytes.allSatisfy { $0 == UInt8(next) }) }
        next += 1
      }
      #expect(next == 61)
    }
    #expect(try records.dropped == 0)
  }

  @Test("Records wrap around the ring many times")
  func rounds() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    var next: UInt64 = 0
    for _ in 0..<1000 {
      try records.send(37)
      for number in try Self.numbers(ring) {
        #expect(number == next)
        next += 1
      }
    }
    #expect(next == 37_000)
  }

  @Test("A full ring drops new records, and keeps old ones")
  func full() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(100)
    let numbers = try Self.numbers(ring)
    #expect(numbers == Array(0..<UInt64(numbers.count)))
    #expect(numbers.count == pageSize / 72)
    #expect(try UInt64(numbers.count) + records.dropped == 100)
  }

  @Test("Skips discarded records, also at the end")
  func discarded() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(9, .sendAndDiscard)
    #expect(try Self.numbers(ring) == [0, 1, 3, 4, 6, 7])
    #expect(ring.availableBytes == 0)
  }

  @Test("A reader that stops early gets the rest next time")
  func early() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(10)
    var last: UInt64 = 0
    let count = try ring.consumeWhile { record in
      last = unsafe record.unsafeLoad(as: UInt64.self)
      return last < 2
    }
    #expect(count == 3 && last == 2)
    #expect(try Self.numbers(ring, limit: 3) == [3, 4, 5])
    #expect(try Self.numbers(ring, limit: 0) == [])
    #expect(try Self.numbers(ring) == [6, 7, 8, 9])
  }

  @Test("A record counts as read when the closure throws")
  func thrown() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(3)
    let error = #expect(throws: BPFError.self) {
      try ring.consume { (record) throws(BPFError) in
        throw BPFError(.consume, .malformed, "the closure's error")
      }
    }
    #expect(error?.explanation == "the closure's error")
    #expect(try Self.numbers(ring) == [1, 2])
  }

  @Test("Reads several maps one after the other, or one of them")
  func several() throws {
    let records = try Records()
    let ring = try RingBuffer([records.events, records.others])
    try records.send(10, .sendToBoth)
    #expect(try ring.consume(from: 1, limit: 2) { _ in } == 2)
    #expect(try Self.numbers(ring) == [0, 2, 4, 6, 8, 5, 7, 9])
    let error = #expect(throws: BPFError.self) { try ring.consume(from: 2) { _ in } }
    #expect(error?.code == .outOfBounds)
  }

  @Test("Unread records stay for the next reader")
  func next() throws {
    let records = try Records()
    try records.send(5)
    #expect(try Self.numbers(try RingBuffer(records.events), limit: 2) == [0, 1])
    #expect(try Self.numbers(try RingBuffer(records.events)) == [2, 3, 4])
  }

  @Test("A record of another size is an error with both sizes, and is skipped")
  func wrongSize() throws {
    struct Large: BitwiseCopyable { var words: (UInt64, UInt64) }
    struct Padded: BitwiseCopyable {
      var word: UInt64
      var byte: UInt8
    }
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(18, .sendSizes)
    try ring.consume(limit: 8) { _ in }
    // The size of the type is 9, and in C it is 16, with padding.
    var bytes: [UInt8] = []
    #expect(try ring.consume(as: Padded.self, limit: 8) { bytes.append($0.byte) } == 8)
    #expect(bytes == Array(9...16))
    let error = #expect(throws: BPFError.self) { try ring.consume(as: Large.self) { _ in } }
    #expect(error?.code == .wrongSize)
    #expect(error?.description.contains("a record of 17 bytes is not a Large, which has 16 bytes") == true)
    var rest: [Int] = []
    try ring.consume { rest.append($0.byteCount) }
    #expect(rest == [18])
  }

  @Test("A C Boolean with a byte above 1 becomes a Swift true with byte 1")
  func booleans() async throws {
    struct Flagged: BitwiseCopyable {
      var isNumbered: Bool
      var rest: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)
      var more: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

      var byte: UInt8 { unsafe withUnsafeBytes(of: self) { unsafe $0[0] } }
    }
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(4)
    var bytes: [UInt8] = []
    try ring.consume(as: Flagged.self) { bytes.append($0.byte) }
    try records.send(4)
    try ring.poll(as: Flagged.self) { bytes.append($0.byte) }
    #expect(bytes == [0, 1, 1, 1] + [1, 1, 1, 1])
    try records.send(1)
    for try await event in ring.events(as: Flagged.self) {
      #expect(event.isNumbered && event.byte == 1)
      break
    }
  }

  @Test("Refuses a type that no record can have")
  func wrongType() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(1)
    let error = #expect(throws: BPFError.self) { try ring.consume(as: UnsafeRawPointer.self) { _ in } }
    #expect(error?.code == .typeMismatch)
    #expect(try Self.numbers(ring) == [0])
  }

  @Test("A ring has one buffer in a process, and one reader at a time")
  func oneReader() throws {
    let records = try Records()
    var ring: RingBuffer? = try RingBuffer(records.events)
    let second = #expect(throws: BPFError.self) { try RingBuffer(MapHandle(id: records.events.id)) }
    #expect(second?.code == .busy && second?.mapName == "events")
    let twice = #expect(throws: BPFError.self) { try RingBuffer([records.others, records.others]) }
    #expect(twice?.code == .busy)

    try records.send(1)
    try ring?.consume { _ in
      let inner = #expect(throws: BPFError.self) { try ring?.consume { _ in } }
      #expect(inner?.code == .busy)
      let waiting = #expect(throws: BPFError.self) { try ring?.wait(timeout: .zero) }
      #expect(waiting?.code == .busy)
    }
    ring = nil
    #expect(try RingBuffer([records.events, records.others]).maps.count == 2)
  }

  @Test("Refuses maps of other types, and names them")
  func otherMaps() throws {
    let hash = try MapHandle(type: .hash, name: "hash", keySize: 4, valueSize: 4, maxEntries: 1)
    let error = #expect(throws: BPFError.self) { try RingBuffer(hash) }
    #expect(error?.code == .typeMismatch && error?.mapName == "hash")
    // Refuses to read such rings where the kernel supports them. Elsewhere their creation fails.
    let overwriting = #expect(throws: BPFError.self) {
      let options = MapOptions(flags: .ringBufferOverwrite)
      _ = try RingBuffer(
        MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize, options: options))
    }
    #expect(
      overwriting?.description.contains("verwrites its oldest") == true
        || overwriting?.description.contains("it takes Linux 6.19 or later, and this is Linux ") == true)
    let empty = #expect(throws: BPFError.self) { try RingBuffer([]) }
    #expect(empty?.code == .invalidArgument)
  }
}
