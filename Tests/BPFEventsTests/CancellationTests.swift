//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tests readers that are cancelled, and buffers that are closed, at any moment. The next reader continues with the
/// record that the previous one had not finished.
@Suite(
  "Readers stopped at any moment", .kernel, .sources, .timeLimit(.minutes(20)),
  .notEmulated(.takesLong))
struct CancellationTests {
  private struct Disorder: Error, CustomStringConvertible {
    let description: String
  }

  /// Lets a task advance to a random point between its start and its wait.
  private static func moment(_ numbers: inout RepeatableNumbers) async {
    for _ in 0..<Int.random(in: 0..<6, using: &numbers) { await Task.yield() }
  }

  /// Sends up to 10,000 records one by one until a flag is set, and returns their number.
  private static func producer(_ stop: Flag, _ send: @escaping @Sendable () throws -> Void) -> Worker.Job<Int>
  {
    Worker.start {
      var sent = 0
      while !stop.isSet, sent < 10_000 {
        try send()
        sent += 1
      }
      return sent
    }
  }

  @Test("Cancelling loops over a ring loses no record")
  func ringLoops() async throws {
    let records = try Records(ringSize: 1 << 20)
    let ring = try RingBuffer(records.events)
    var (next, numbers, stop) = (UInt64(0), RepeatableNumbers(seed: 1), Flag())
    let producer = Self.producer(stop) { try records.send(1) }
    for _ in 0..<KernelAccess.rounds(3000) {
      let reader = Task { [next] in
        var next = next
        for try await event in ring.events(as: Event.self) {
          guard event.number == next else { throw Disorder(description: "\(event.number), not \(next)") }
          next += 1
        }
        return next
      }
      await Self.moment(&numbers)
      reader.cancel()
      next = try await reader.value
    }
    stop.set()
    let sent = try #require(try producer.join())
    try ring.consume(as: Event.self) { event in
      #expect(event.number == next)
      next += 1
    }
    #expect(try next == UInt64(sent) && records.dropped == 0)
  }

  @Test("Cancelled waits, and waits whose ring is closed, consume no record")
  func ringWaits() async throws {
    let records = try Records(ringSize: 1 << 20)
    var (next, numbers) = (UInt64(0), RepeatableNumbers(seed: 2))
    for _ in 0..<KernelAccess.rounds(50) {
      let ring = try await Self.opened(records.events)
      for round in 1...20 {
        let reader = Task { try await ring.wait() }
        await Self.moment(&numbers)
        let isSent = Bool.random(using: &numbers)
        if isSent { try records.send(1) }
        if round < 20 { reader.cancel() } else { ring.close() }
        _ = try await reader.value
        var read = 0
        try ring.consume(as: Event.self) { event in
          #expect(event.number == next)
          (next, read) = (next + 1, read + 1)
        }
        #expect(read == (isSent ? 1 : 0))
      }
    }
  }

  @Test("Threads that wait while the ring is closed lose no record")
  func ringThreads() async throws {
    let records = try Records(ringSize: 1 << 20)
    var next: UInt64 = 0
    for round in 0..<KernelAccess.rounds(200) {
      let ring = try await Self.opened(records.events)
      let reader = Worker.start {
        var numbers: [UInt64] = []
        while try ring.poll(as: Event.self, { numbers.append($0.number) }) > 0 {}
        return numbers
      }
      try records.send(round % 3)
      ring.close()
      var numbers = try #require(try reader.join())
      try ring.consume(as: Event.self) { numbers.append($0.number) }
      #expect(numbers == Array(next..<next + UInt64(round % 3)))
      next += UInt64(round % 3)
    }
  }

  /// Opens a ring, once all previous readers have released it: values that a task or thread has captured are freed
  /// shortly after its result arrives.
  private static func opened(_ map: MapHandle) async throws -> RingBuffer {
    while true {
      do throws(BPFError) {
        return try RingBuffer(map)
      } catch {
        guard error.code == .busy else { throw error }
        try await Task.sleep(for: .milliseconds(1))
      }
    }
  }

  @Test("Cancelling loops over perf buffers loses no record")
  func perfLoops() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 128)
    var (next, numbers, stop) = (UInt64(0), RepeatableNumbers(seed: 3), Flag())
    let producer = Self.producer(stop) { try samples.send(1, bytes: 8) }
    for _ in 0..<KernelAccess.rounds(1000) {
      let reader = Task { [next] in
        var next = next
        for try await record in buffer.events(as: UInt64.self) {
          guard case .sample(_, next) = record else { throw Disorder(description: "\(record), not \(next)") }
          next += 1
        }
        return next
      }
      await Self.moment(&numbers)
      reader.cancel()
      next = try await reader.value
    }
    stop.set()
    let sent = try #require(try producer.join())
    next += UInt64(try buffer.consume { _ in })
    #expect(try next == UInt64(sent) && samples.failed == 0)
  }

  /// A way to read a ring in a task.
  enum Way: CaseIterable {
    case sequence, waits
  }

  @Test(
    "Loops that always find a record yield to tasks that cancel them",
    arguments: Way.allCases)
  func endlessLoops(way: Way) async throws {
    let most = 100_000
    // Starts more tasks than there are threads for tasks.
    let readers = try (0..<sysconf(CInt(_SC_NPROCESSORS_ONLN)) + 2).map { _ in
      let records = try Records()
      try records.send(1)
      let ring = try RingBuffer(records.events)
      return Task {
        var read = 0
        switch way {
        case .sequence:
          for try await _ in ring.events(as: Event.self) {
            read += 1
            if read == most { break }
            try records.send(1)
          }
        case .waits:
          while read < most, try await ring.wait() {
            read += try ring.consume { _ in }
            try records.send(1)
          }
        }
        return read
      }
    }
    for reader in readers { reader.cancel() }
    for reader in readers { #expect(try await reader.value < most) }
  }

  @Test(
    "Threads that wait for space get it or reach their timeout, and no record is torn",
    .kernel(since: "6.5"))
  func userRing() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let isDone = Flag()
    let writers = (0..<3).map { _ in
      Worker.start {
        var sent: UInt64 = 0
        for round in 0..<KernelAccess.rounds(300) {
          guard var reservation = try buffer.reserve(1000, timeout: .milliseconds(round % 3)) else {
            continue
          }
          reservation.withBytes { $0.storeBytes(of: 1, as: UInt32.self) }
          // Some writers discard their reservation.
          if round % 5 == 0 { reservation.discard() } else { reservation.submit(); sent += 1 }
        }
        return sent
      }
    }
    let program = Worker.start {
      while !isDone.isSet { try requests.drain() }
      try requests.drain()
    }
    let sent = try writers.reduce(0) { try $0 + #require(try $1.join()) }
    isDone.set()
    _ = try program.join()
    #expect(try requests.value("taken") == sent && requests.value("sum") == sent)
    #expect(try requests.value("bytes") == sent * 1000)
    #expect(buffer.freeBytes == pageSize)
  }
}
