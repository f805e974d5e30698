//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Batches and bytes of ring buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct RingBufferBatchTests {
  @Test("A batch has the available records")
  func available() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(10)
    var iterator = ring.batches(as: Event.self).makeAsyncIterator()
    let first = try #require(try await iterator.next())
    // Records that arrive later are in the next batch.
    try records.send(3)
    #expect(first.map(\.number) == Array(0..<10))
    #expect(first.map(\.number) == [])
    #expect(try await iterator.next()?.map(\.number) == [10, 11, 12])
  }

  @Test("A record counts as read when the next one is asked for, and those that a loop leaves come again")
  func commit() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(6)
    var iterator = ring.batches(as: Event.self).makeAsyncIterator()
    let batch = try #require(try await iterator.next())
    for event in batch {
      #expect(ring.availableBytes == (6 - Int(event.number)) * 72)
      if event.number == 3 { break }
    }
    #expect(ring.availableBytes == 3 * 72)
    #expect(try await iterator.next()?.map(\.number) == [4, 5])
    ring.close()
    #expect(try await iterator.next() == nil)
    #expect(ring.availableBytes == 0)
    // A batch that outlives its sequence is empty.
    #expect(batch.map(\.number) == [])
  }

  @Test("A batch skips discarded records, and ends at a record of another size")
  func sizes() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(9, .sendAndDiscard)
    // Records of 1 to 3 bytes.
    try records.send(3, .sendSizes)
    try records.send(2)
    var iterator = ring.batches(as: Event.self).makeAsyncIterator()
    #expect(try await iterator.next()?.map(\.number) == [0, 1, 3, 4, 6, 7])
    for _ in 0..<3 {
      let error = await #expect(throws: BPFError.self) { _ = try await iterator.next() }
      #expect(error?.code == .wrongSize)
    }
    #expect(try await iterator.next()?.map(\.number) == [0, 1])
    #expect(ring.availableBytes == 72)
  }

  @Test("Batches of several maps alternate")
  func severalMaps() async throws {
    let records = try Records()
    let ring = try RingBuffer([records.events, records.others])
    try records.send(10, .sendToBoth)
    var iterator = ring.batches(as: Event.self).makeAsyncIterator()
    var numbers: [UInt64] = []
    while numbers.count < 10, let batch = try await iterator.next() {
      // All even or all odd.
      let found = batch.map(\.number)
      #expect(Set(found.map { $0 % 2 }).count == 1)
      numbers += found
    }
    #expect(numbers.sorted() == Array(0..<10))
    #expect(numbers.filter { $0 % 2 == 0 } == [0, 2, 4, 6, 8])
  }

  @Test("Booleans in a batch are normalized")
  func booleans() async throws {
    struct Flags: BitwiseCopyable {
      var number: UInt32
      var isSet: Bool
      var rest: (UInt8, UInt8, UInt8)
    }
    let records = try Records()
    let ring = try RingBuffer(records.events)
    // The last one has eight bytes, each of them 8.
    try records.send(8, .sendSizes)
    try ring.consume(limit: 7) { _ in }
    var iterator = ring.batches(as: Flags.self).makeAsyncIterator()
    let flags = try await iterator.next().map(Array.init)
    #expect(flags?.map(\.isSet) == [true])
    #expect(flags?.first?.number == 0x0808_0808)
    // The single form, too, for the first record and later ones.
    try records.send(8, .sendSizes)
    try records.send(8, .sendSizes)
    var (found, single) = (0, ring.events(as: Flags.self).makeAsyncIterator())
    iterator = ring.batches(as: Flags.self).makeAsyncIterator()
    while found < 2 {
      do throws(BPFError) {
        guard let flags = try await single.next() else { break }
        #expect(flags.isSet && flags.number == 0x0808_0808)
        found += 1
      } catch {
        #expect(error.code == .wrongSize)
      }
    }
    #expect(found == 2)
  }

  @Test("Cancelling a waiting task ends its loop over batches")
  func cancellation() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    for _ in 0..<50 {
      let reader = Task {
        var count = 0
        for try await batch in ring.batches(as: Event.self) { for _ in batch { count += 1 } }
        return count
      }
      try records.send(1)
      reader.cancel()
      #expect(try await reader.value <= 1)
      try ring.consume { _ in }
    }
  }

  @Test("Under load, each record sent is in a batch or dropped")
  func load() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let producer = Worker.start { for _ in 0..<1000 { try records.send(50) } }
    let reader = Task {
      var (read, next, disorder): (UInt64, UInt64, Int) = (0, 0, 0)
      for try await batch in ring.batches(as: Event.self) {
        for event in batch {
          if event.number < next || event.rest.6 != event.number + 6 { disorder += 1 }
          (read, next) = (read + 1, event.number + 1)
        }
      }
      return (read, disorder)
    }
    _ = try producer.join()
    while ring.availableBytes > 0 { await Task.yield() }
    reader.cancel()
    let (read, disorder) = try await reader.value
    #expect(disorder == 0 && read > 0)
    #expect(try read + records.dropped == 50_000)
  }

  @Test("A sequence of bytes has records of any size")
  func bytes() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(5, .sendSizes)
    try records.send(1)
    var found: [[UInt8]] = []
    for try await record in ring.events() {
      found.append(record)
      if found.count == 6 { break }
    }
    #expect(found.prefix(5) == (1...5).map { [UInt8](repeating: $0, count: Int($0)) }[...])
    #expect(found.last?.count == 64)
    // The loop has ended, so the last record counts as read.
    #expect(ring.availableBytes == 0)
  }
}
