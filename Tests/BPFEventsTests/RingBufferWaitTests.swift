//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Synchronization
import Testing

@Suite("Waiting for ring buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct RingBufferWaitTests {
  @Test("A wait ends at its timeout, or at once if there is a record")
  func timeouts() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    #expect(try !ring.wait(timeout: .zero))
    #expect(try !ring.wait(timeout: .milliseconds(20)))
    #expect(try !ring.wait(timeout: .seconds(-5)))
    #expect(try ring.poll(timeout: .microseconds(1)) { _ in } == 0)
    try records.send(3, wakeUp: .never)
    #expect(try ring.wait())
    #expect(try ring.wait(timeout: .seconds(Int64.max)))
    #expect(try ring.poll { _ in } == 3)
  }

  @Test("A discarded record does not end a wait")
  func discarded() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(3, .sendAndDiscard)
    #expect(try ring.poll(timeout: .zero) { _ in } == 2)
    #expect(try !ring.wait(timeout: .milliseconds(10)))
  }

  @Test(
    "A record in any of the maps wakes a waiting thread", arguments: [Records.Way.send, .sendToBoth])
  func woken(way: Records.Way) async throws {
    let records = try Records()
    let ring = try RingBuffer([records.others, records.events])
    for _ in 0..<50 {
      let reader = Worker.start { try ring.poll { _ in } }
      try records.send(1, way)
      #expect(try reader.join() == 1)
    }
  }

  @Test("A wait outlives all other handles of the map")
  func closedElsewhere() async throws {
    var records: Records? = try Records()
    let ring = try RingBuffer(try #require(records?.events))
    let reader = Worker.start { try ring.poll { _ in } }
    let program = try #require(records?.object.programs["send"])
    records = nil
    _ = try program.run(context: UInt64(1).bytes + UInt64(0).bytes)
    #expect(try reader.join() == 1)
  }

  @Test("Closing ends current and future waits of threads and tasks")
  func closing() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let reader = Worker.start { try ring.poll { _ in } }
    ring.close()
    #expect(try reader.join() == 0)
    #expect(try !ring.wait(timeout: nil))
    #expect(try await ring.wait() == false)
    for try await _ in ring.events(as: Event.self) { Issue.record("the ring is closed") }
    // Available records can still be read.
    try records.send(1)
    #expect(try ring.consume { _ in } == 1)
  }

  @Test("A signal does not end a wait")
  func signals() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let thread = Mutex<InterruptibleThread?>(nil)
    let hasBegun = Flag()
    let reader = Worker.start {
      thread.withLock { $0 = InterruptibleThread.current() }
      hasBegun.set()
      return try ring.poll { _ in }
    }
    while !hasBegun.isSet {}
    for _ in 0..<100 { thread.withLock { $0?.interrupt() } }
    try records.send(1)
    #expect(try reader.join() == 1)
  }

  // MARK: - Tasks

  @Test("A sequence returns all records in order, and waits in between")
  func sequence() async throws {
    // The ring has space for all records.
    let records = try Records(ringSize: 1 << 19)
    let ring = try RingBuffer(records.events)
    let producer = Worker.start { for _ in 0..<500 { try records.send(7) } }
    var next: UInt64 = 0
    for try await event in ring.events(as: Event.self) {
      guard event.number == next else {
        Issue.record("\(event.number) instead of \(next)")
        break
      }
      next += 1
      if next == 3500 { break }
    }
    _ = try producer.join()
    #expect(next == 3500)
  }

  @Test("A sequence of several maps returns the records of all")
  func sequenceOfSeveral() async throws {
    let records = try Records()
    let ring = try RingBuffer([records.events, records.others])
    try records.send(20, .sendToBoth)
    var numbers: [UInt64] = []
    for try await event in ring.events(as: Event.self) {
      numbers.append(event.number)
      if numbers.count == 20 { break }
    }
    #expect(numbers.filter { $0 % 2 == 0 } == Array(stride(from: 0, to: 20, by: 2)))
    #expect(numbers.filter { $0 % 2 == 1 } == Array(stride(from: 1, to: 20, by: 2)))
    // The loop has ended, and another one may begin.
    try records.send(1)
    var iterator = ring.events(as: Event.self).makeAsyncIterator()
    #expect(try await iterator.next()?.number == 20)
    let second = await #expect(throws: BPFError.self) {
      var other = ring.events(as: Event.self).makeAsyncIterator()
      _ = try await other.next()
    }
    #expect(second?.code == .busy)
    withExtendedLifetime(iterator) {}
  }

  @Test("A record keeps its space until the loop asks for the next one, or ends")
  func space() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(4)
    // Each record has 64 bytes, and a header of 8.
    var available: [Int] = []
    for try await event in ring.events(as: Event.self) {
      available.append(ring.availableBytes)
      if event.number == 2 { break }
    }
    #expect(available == [4 * 72, 3 * 72, 2 * 72])
    #expect(ring.availableBytes == 72)
    var rest: [UInt64] = []
    try ring.consume(as: Event.self) { rest.append($0.number) }
    #expect(rest == [3])
  }

  @Test("Records discarded while a loop waits count as read when the loop ends")
  func discardedInWait() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(2)
    let loop = Task {
      var count = 0
      for try await _ in ring.events(as: Event.self) { count += 1 }
      return count
    }
    // Runs off the threads that the loop may need.
    let isRead = try await Worker.run {
      let areRead = eventually { ring.availableBytes == 0 }
      try records.send(3, .discard)
      return eventually { ring.availableBytes == 0 } && areRead
    }
    #expect(isRead)
    ring.close()
    #expect(try await loop.value == 2)
    #expect(ring.availableBytes == 0)
  }

  @Test("A record of another size is an error, and the next call continues after it")
  func wrongSize() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(3)
    var iterator = ring.events(as: UInt64.self).makeAsyncIterator()
    for _ in 0..<3 {
      do {
        _ = try await iterator.next()
        Issue.record("64 bytes are not a UInt64")
      } catch {
        #expect(error.code == .wrongSize)
      }
    }
    // The last record counts as read when the next one is requested.
    ring.close()
    #expect(try await iterator.next() == nil)
    #expect(ring.availableBytes == 0)
  }

  @Test("A sequence skips discarded records, also at the end")
  func sequenceWithDiscarded() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    try records.send(9, .sendAndDiscard)
    var numbers: [UInt64] = []
    for try await event in ring.events(as: Event.self) {
      numbers.append(event.number)
      if event.number == 7 { ring.close() }
    }
    #expect(numbers == [0, 1, 3, 4, 6, 7])
    #expect(ring.availableBytes == 0)
  }

  @Test("Cancelling a waiting task ends its loop")
  func cancellation() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    for _ in 0..<100 {
      let reader = Task {
        var count = 0
        for try await _ in ring.events(as: Event.self) { count += 1 }
        return count
      }
      try records.send(1)
      // The task may be anywhere between its start and its second wait.
      reader.cancel()
      #expect(try await reader.value <= 1)
      try ring.consume { _ in }
    }
  }

  @Test("Cancelling a task ends a loop over endless records")
  func cancellationUnderLoad() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let (stop, begun) = (Flag(), Flag())
    let producer = Worker.start { while !stop.isSet { try records.send(10) } }
    let reader = Task {
      for try await _ in ring.events(as: Event.self) { begun.set() }
    }
    while !begun.isSet { await Task.yield() }
    reader.cancel()
    try await reader.value
    stop.set()
    _ = try producer.join()
  }

  @Test("A task waits for records, and reads them in place")
  func waitAndConsume() async throws {
    let records = try Records(ringSize: 1 << 15)
    let ring = try RingBuffer(records.events)
    let producer = Worker.start { for _ in 0..<200 { try records.send(1) } }
    var read = 0
    while read < 200, try await ring.wait() { read += try ring.consume { _ in } }
    _ = try producer.join()
    #expect(read == 200)
  }

  // MARK: - Load

  @Test("Under load, each record sent is either read or dropped")
  func load() async throws {
    let (rounds, batch) = (3000, 50)
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let isDone = Flag()
    let producer = Worker.start {
      for _ in 0..<rounds { try records.send(batch) }
      isDone.set()
    }
    var (read, next, disorder): (UInt64, UInt64, Int) = (0, 0, 0)
    while true {
      let isLast = isDone.isSet
      let count = try ring.poll(timeout: .milliseconds(1)) { record in
        let number = unsafe record.unsafeLoad(as: UInt64.self)
        if number < next { disorder += 1 }
        (read, next) = (read + 1, number + 1)
      }
      if isLast && count == 0 { break }
    }
    _ = try producer.join()
    #expect(disorder == 0)
    #expect(try read + records.dropped == UInt64(rounds * batch))
  }

  @Test("Under load with discarded records, a waiting reader is woken")
  func loadOfDiscarded() throws {
    let records = try Records(ringSize: 1 << 20)
    let ring = try RingBuffer(records.events)
    let read = Atomic<Int>(0)
    let reader = Worker.start {
      while true {
        let count = try ring.poll { _ in }
        if count == 0 { return }
        read.add(count, ordering: .relaxed)
      }
    }
    // One record in three is discarded.
    for _ in 0..<100 {
      let before = read.load(ordering: .relaxed)
      try records.send(3000, .sendAndDiscard)
      guard eventually({ read.load(ordering: .relaxed) == before + 2000 }) else {
        Issue.record("the reader still waits, and there are \(ring.availableBytes) bytes")
        break
      }
    }
    ring.close()
    try reader.join()
    #expect(try records.dropped == 0)
  }

  @Test("A slow task loses only records whose reservation failed")
  func slowTask() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let isDone = Flag()
    let producer = Worker.start {
      for _ in 0..<300 { try records.send(20) }
      isDone.set()
    }
    let reader = Task {
      var read: UInt64 = 0
      for try await _ in ring.events(as: Event.self) {
        read += 1
        if read % 10 == 0 { await Task.yield() }
      }
      return read
    }
    _ = try producer.join()
    while ring.availableBytes > 0 { await Task.yield() }
    reader.cancel()
    let read = try await reader.value
    #expect(isDone.isSet)
    #expect(try read + records.dropped == 6000)
  }

  @Test("After a sequence has ended, others may read while its iterator exists")
  func ended() async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    var iterator = ring.events(as: Event.self).makeAsyncIterator()
    try records.send(1)
    #expect(try await iterator.next()?.number == 0)
    let busy = #expect(throws: BPFError.self) { try ring.consume { _ in } }
    #expect(busy?.code == .busy)
    ring.close()
    #expect(try await iterator.next()?.number == nil)
    #expect(try ring.consume { _ in } == 0)
    #expect(try await iterator.next()?.number == nil)
    #expect(try ring.wait(timeout: .zero) == false)
  }
}
