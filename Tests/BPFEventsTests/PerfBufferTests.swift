//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFEvents
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Perf buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct PerfBufferTests {
  /// The records that were read, in order.
  private struct Tally {
    var numbers: [Int: [UInt64]] = [:]
    var lost = 0

    mutating func add(_ record: borrowing PerfBuffer.Record) {
      switch record {
      case .sample(let cpu, let bytes):
        numbers[cpu, default: []].append(unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
      case .lost(_, let count): lost += count
      }
    }
  }

  @Test("Reads the records of each CPU in order, with its number")
  func order() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    #expect(buffer.cpus == (try OnlineCPUs.current()))
    for cpu in buffer.cpus { try samples.send(5, cpu: cpu) }
    #expect(buffer.availableBytes > 0)
    var tally = Tally()
    #expect(try buffer.consume { tally.add($0) } == 5 * buffer.cpus.count)
    for (index, cpu) in buffer.cpus.enumerated() {
      #expect(tally.numbers[cpu] == Array(UInt64(index * 5)..<UInt64(index * 5 + 5)))
    }
    #expect(try tally.lost == 0 && samples.failed == 0 && buffer.availableBytes == 0)
  }

  @Test("Records that wrap around are intact")
  func wrapAround() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 1)
    var tally = Tally()
    for round in 0..<200 {
      let size = 8 + round
      try samples.send(10, bytes: size)
      try buffer.consume { record in
        tally.add(record)
        if case .sample(_, let bytes) = record {
          // The kernel pads records to eight bytes, including their four-byte length.
          #expect(bytes.byteCount == ((size + 4 + 7) & ~7) - 4)
        }
      }
    }
    #expect(tally.numbers[0] == Array(0..<2000) && tally.lost == 0)
  }

  @Test("Each record sent is either read or reported as lost")
  func lost() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 1)
    var tally = Tally()
    for _ in 0..<5 {
      try samples.send(1000)
      try buffer.consume { tally.add($0) }
    }
    // Lost records are reported before the next record that finds space.
    try samples.send(1)
    try buffer.consume { tally.add($0) }
    #expect(tally.lost > 0)
    #expect((tally.numbers[0]?.count ?? 0) + tally.lost == 5001)
    #expect(try Int(samples.failed) == tally.lost)
  }

  @Test(
    "A record too long for its 16-bit length counts as lost, and later ones are read",
    arguments: [
      65_511, 65_512, 65_516, 65_524, 65_532, 65_540, 65_544, 65_600, 70_000, 100_000, 131_072, 262_144,
    ])
  func oversized(size: Int) throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 128)
    for round in 0..<3 {
      var before = Tally()
      try samples.send(3)
      try samples.sendLarge(bytes: size)
      try samples.send(2)
      try buffer.consume { before.add($0) }
      #expect(buffer.availableBytes == 0)
      // Records before it are read. Those that the kernel overwrote, and those after it, may or may not be.
      let first = UInt64(round * 8)
      #expect(before.numbers[0]?.prefix(3) == [first, first + 1, first + 2])
      var after = Tally()
      try samples.send(3)
      try buffer.consume { after.add($0) }
      #expect(after.numbers[0] == [first + 5, first + 6, first + 7] && after.lost == 0)
    }
  }

  @Test("A record that overwrites the whole ring does not end a sequence")
  func oversizedInSequence() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 16)
    try samples.send(10)
    for size in [70_000, 66_000, 131_000] { try samples.sendLarge(bytes: size) }
    let end = buffer.availableBytes
    #expect(end > 0)
    var iterator = buffer.events(as: UInt64.self).makeAsyncIterator()
    var isLost = false
    while buffer.availableBytes > 0 {
      guard let event = try? await iterator.next() else { continue }
      if case .lost = event { isLost = true }
    }
    #expect(isLost)
    let failed = try samples.failed
    try samples.send(1, bytes: 8)
    #expect(try samples.failed == failed)
    // Lost records are reported before it.
    var next = try await iterator.next()
    if case .lost = next { next = try await iterator.next() }
    guard case .sample(cpu: 0, 10) = next else {
      Issue.record("\(String(describing: next)) instead of the record after them")
      return
    }
  }

  @Test("A reader that stops early gets the rest next time")
  func early() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    try samples.send(4)
    #expect(try buffer.consumeWhile { _ in false } == 1)
    #expect(try buffer.consume(limit: 2) { _ in } == 2)
    var tally = Tally()
    try buffer.consume { tally.add($0) }
    #expect(tally.numbers[0] == [3])
  }

  @Test("A waiting thread is woken at its threshold")
  func waking() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, wakeUp: .records(3))
    #expect(try buffer.poll(timeout: .milliseconds(5)) { _ in } == 0)
    let reader = Worker.start { try buffer.poll { _ in } }
    // The thread may not wait yet, and then finds fewer.
    try samples.send(3)
    #expect(try (reader.join() ?? 0) > 0)
    try samples.send(1)
    #expect(try buffer.poll(timeout: .zero) { _ in } >= 1)
    let watched = try Samples()
    let bytes = try PerfBuffer(watched.map, wakeUp: .bytes(64))
    let other = Worker.start { try bytes.poll { _ in } }
    try watched.send(100)
    #expect(try (other.join() ?? 0) > 0)
  }

  @Test("A sequence returns records, waits in between, and ends when cancelled")
  func sequence() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    let producer = Worker.start { for _ in 0..<100 { try samples.send(3, bytes: 8) } }
    var next: UInt64 = 0
    for try await record in buffer.events(as: UInt64.self) {
      guard case .sample(let cpu, let number) = record, cpu == 0, number == next else {
        Issue.record("\(record) instead of \(next)")
        break
      }
      next += 1
      if next == 300 { break }
    }
    _ = try producer.join()
    let waiting = Task { for try await _ in buffer.events(as: UInt64.self) {} }
    waiting.cancel()
    try await waiting.value
    buffer.close()
    #expect(try await buffer.wait() == false)
  }

  @Test("A busy CPU does not starve the records of other CPUs in a sequence", .severalCPUs)
  func fairness() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    let last = try #require(buffer.cpus.last)
    try samples.send(100)
    try samples.send(100, cpu: last)
    var seen: Set<Int> = []
    var iterator = buffer.events(as: UInt64.self).makeAsyncIterator()
    for _ in buffer.cpus {
      guard case .sample(let cpu, _) = try await iterator.next() else { continue }
      seen.insert(cpu)
    }
    #expect(seen.contains(last))
  }

  @Test("A slow sequence gets a report of every lost record")
  func lostInSequence() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 1)
    let rounds = 100
    let producer = Worker.start {
      for _ in 0..<rounds { for cpu in buffer.cpus { try samples.send(50, bytes: 8, cpu: cpu) } }
    }
    let reader = Task {
      var (read, lost) = (0, 0)
      for try await record in buffer.events(as: UInt64.self) {
        switch record {
        case .sample: read += 1
        case .lost(_, let count): lost += count
        }
        if read % 64 == 0 { await Task.yield() }
      }
      return (read, lost)
    }
    _ = try producer.join()
    while buffer.availableBytes > 0 { await Task.yield() }
    // Lost records are reported before the next record that finds space.
    for cpu in buffer.cpus { try samples.send(1, bytes: 8, cpu: cpu) }
    while buffer.availableBytes > 0 { await Task.yield() }
    reader.cancel()
    let (read, lost) = try await reader.value
    #expect(read + lost == (rounds * 50 + 1) * buffer.cpus.count)
    #expect(try UInt64(lost) == samples.failed)
  }

  @Test("The number of unread bytes stays plausible during concurrent reads")
  func availableBytes() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map, pageCount: 1)
    let isDone = Flag()
    let observer = Worker.start {
      var most = 0
      while !isDone.isSet { most = max(most, buffer.availableBytes) }
      return most
    }
    for _ in 0..<2000 {
      try samples.send(5)
      try buffer.consume { _ in }
    }
    isDone.set()
    // The observer may be interrupted between its two loads, and then sees more than was unread at any one time.
    #expect(try (observer.join() ?? .max) <= 2000 * 5 * 32)
  }

  @Test("A record of another size is an error with both sizes")
  func wrongSize() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    try samples.send(1, bytes: 32)
    try samples.send(1, bytes: 8)
    var iterator = buffer.events(as: UInt64.self).makeAsyncIterator()
    do {
      _ = try await iterator.next()
      Issue.record("36 bytes are not a UInt64")
    } catch {
      #expect(
        error.code == .wrongSize && error.description.contains("36 bytes is not a UInt64, which has 8 bytes"))
    }
    let next = try await iterator.next()
    guard case .sample(cpu: 0, 1) = next else {
      Issue.record("\(String(describing: next)) instead of the next one")
      return
    }
  }

  @Test("After a sequence has ended, others may read while its iterator exists")
  func ended() async throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    var iterator = buffer.events(as: UInt64.self).makeAsyncIterator()
    try samples.send(1)
    guard case .sample(cpu: 0, 0) = try await iterator.next() else {
      Issue.record("nothing was sent")
      return
    }
    buffer.close()
    if try await iterator.next() != nil { Issue.record("the buffer is closed") }
    #expect(try buffer.consume { _ in } == 0)
    if try await iterator.next() != nil { Issue.record("the buffer is closed") }
  }

  @Test("Opens and closes rings as CPUs go online and offline")
  func comingAndGoing() throws {
    let samples = try Samples()
    let online = try OnlineCPUs.current()
    let buffer = try PerfBuffer(samples.map, pageCount: 1, wakeUp: .records(1), cpus: [])
    #expect(buffer.cpus == [])
    try buffer.update([0])
    try samples.send(1)
    // The CPU has gone offline, and its records are still unread.
    try buffer.update([])
    #expect(buffer.cpus == [0])
    #expect(try buffer.consume { _ in } == 1)
    try buffer.update([])
    #expect(buffer.cpus == [])
    try samples.send(1)
    #expect(try samples.failed == 1)
    try buffer.updateCPUs()
    #expect(buffer.cpus == online)
    try samples.send(1)
    #expect(try buffer.consume { _ in } == 1)
    // A CPU number beyond the map's end gets no ring.
    try buffer.update(online + [samples.map.maxEntries])
    #expect(buffer.cpus == online)
  }

  /// Takes the highest CPU offline and back online if SWIFT_BPF_CPU_HOTPLUG is set, because everything on this machine
  /// notices. Returns whether it did.
  private func cycleLastCPU(_ cpu: Int) throws -> Bool {
    guard getenv("SWIFT_BPF_CPU_HOTPLUG") != nil, cpu > 0 else { return false }
    let file = try FileDescriptor.open("/sys/devices/system/cpu/cpu\(cpu)/online", .writeOnly)
    try file.closeAfter {
      _ = try file.writeAll(Array("0".utf8))
      _ = try file.writeAll(Array("1".utf8))
    }
    return true
  }

  @Test("A CPU that comes back gets a new ring, and its old records are read first")
  func goneAndBack() throws {
    let samples = try Samples()
    let cpu = try #require(try OnlineCPUs.current().last)
    let buffer = try PerfBuffer(samples.map, pageCount: 1)
    let cpus = buffer.cpus
    #expect(buffer.rings.allSatisfy { $0.isAlive })
    try samples.send(3, cpu: cpu)
    if try cycleLastCPU(cpu) {
      let failed = try samples.failed
      try samples.send(1, cpu: cpu)
      #expect(try samples.failed == failed + 1)
      #expect(buffer.rings.map { $0.isAlive } == buffer.rings.map { $0.cpu != cpu })
      try buffer.updateCPUs()
    } else {
      try buffer.update(cpus) { $0.cpu != cpu }
    }
    #expect(buffer.cpus == cpus && buffer.rings.count == cpus.count + 1)
    let before = try samples.failed
    try samples.send(2, cpu: cpu)
    var tally = Tally()
    #expect(try buffer.consume { tally.add($0) } == 5)
    #expect(tally.numbers[cpu]?.prefix(3) == [0, 1, 2] && tally.numbers[cpu]?.sorted() == tally.numbers[cpu])
    // The old ring is closed, and the new one stays.
    try buffer.updateCPUs()
    #expect(buffer.cpus == cpus && buffer.rings.count == cpus.count)
    try samples.send(1, cpu: cpu)
    #expect(try buffer.consume { _ in } == 1)
    #expect(try samples.failed == before)
  }

  @Test("A closed buffer removes its elements from the map")
  func closing() throws {
    let samples = try Samples()
    do {
      let buffer = try PerfBuffer(samples.map)
      let second = #expect(throws: BPFError.self) { try PerfBuffer(samples.map) }
      #expect(second?.code == .busy)
      try samples.send(1)
      withExtendedLifetime(buffer) {}
    }
    #expect(try samples.failed == 0)
    try samples.send(1)
    #expect(try samples.failed == 1)
    #expect(try PerfBuffer(samples.map).availableBytes == 0)
  }

  @Test(
    "Refuses to reopen a buffer before the old one has removed its elements from the map"
  )
  func reopening() throws {
    let samples = try Samples()
    // Simulates another thread that still holds the rings.
    var rings = try PerfBuffer(samples.map).rings
    let early = #expect(throws: BPFError.self) { try PerfBuffer(samples.map) }
    #expect(early?.code == .busy)
    rings = []
    let buffer = try PerfBuffer(samples.map)
    try samples.send(1)
    #expect(try buffer.consume { _ in } == 1)
    #expect(rings.isEmpty)
  }

  @Test("Refuses invalid arguments")
  func refusals() throws {
    let samples = try Samples()
    let refused: [(Int, PerfBuffer.WakeUp)] = [
      (0, .records(1)), (3, .records(1)), (-8, .records(1)), (.max, .records(1)), (1, .records(0)),
      (1, .bytes(pageSize)),
    ]
    for (pages, wakeUp) in refused {
      let error = #expect(throws: BPFError.self) {
        try PerfBuffer(samples.map, pageCount: pages, wakeUp: wakeUp)
      }
      #expect(error?.code == .invalidArgument)
    }
    let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
    let error = #expect(throws: BPFError.self) { try PerfBuffer(ring) }
    #expect(error?.code == .typeMismatch)
  }
}
