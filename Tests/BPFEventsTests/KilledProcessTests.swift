//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tests that the next reader or writer continues where a killed process stopped.
@Suite("Killed readers and writers", .kernel, .sources, .serialized, .timeLimit(.minutes(20)))
struct KilledProcessTests {
  /// Pins a map in a separate bpffs while `body` runs.
  private func withPinned(_ map: MapHandle, _ body: (String) async throws -> Void) async throws {
    let files = try TemporaryBPFFileSystem()
    let path = files.path.appending("map")
    try map.pin(at: path)
    try await body(path.string)
    try map.unpin(from: path)
    withExtendedLifetime(files) {}
  }

  private func rest(of records: Records) throws -> [UInt64] {
    var numbers: [UInt64] = []
    try RingBuffer(records.events).consume(as: Event.self) { numbers.append($0.number) }
    return numbers
  }

  @Test("After a kill while a record is lent, the next reader starts with that record")
  func ring() async throws {
    let records = try Records()
    try records.send(10)
    try await withPinned(records.events) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let ring = try RingBuffer(MapHandle(pinnedAt: FilePath(path)))
        try ring.consume(as: Event.self) { if $0.number == 4 { kill(getpid(), SIGKILL) } }
      }
    }
    #expect(try rest(of: records) == Array(4..<10))
  }

  @Test("After a kill in a loop's body, the next reader starts with that record")
  func sequence() async throws {
    let records = try Records()
    try records.send(10)
    try await withPinned(records.events) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let ring = try RingBuffer(MapHandle(pinnedAt: FilePath(path)))
        for try await event in ring.events(as: Event.self) where event.number == 4 {
          kill(getpid(), SIGKILL)
        }
      }
    }
    #expect(try rest(of: records) == Array(4..<10))
  }

  @Test("After a kill during a wait, the next reader gets all records")
  func waiting() async throws {
    let records = try Records()
    try await withPinned(records.events) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let ring = try RingBuffer(MapHandle(pinnedAt: FilePath(path)))
        // Kills the process once all its threads wait.
        let killer = Worker.start {
          _ = usleep(50_000); kill(getpid(), SIGKILL)
        }
        _ = try await ring.wait()
        try killer.join()
      }
    }
    try records.send(3)
    #expect(try rest(of: records) == [0, 1, 2])
  }

  @Test("A killed process's perf buffers are freed, and the next reader opens new ones")
  func perf() async throws {
    let samples = try Samples()
    try await withPinned(samples.map) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let buffer = try PerfBuffer(MapHandle(pinnedAt: FilePath(path)))
        kill(getpid(), SIGKILL)
        withExtendedLifetime(buffer) {}
      }
    }
    // Its buffers accept no records once the kernel has freed them.
    var sent: UInt64 = 0
    let isGone = try eventually {
      let before = try samples.failed
      try samples.send(1)
      sent += 1
      return try samples.failed == before + 1
    }
    #expect(isGone)
    let buffer = try PerfBuffer(samples.map)
    try samples.send(5, bytes: 8)
    var numbers: [UInt64] = []
    try buffer.consume { record in
      if case .sample(_, let bytes) = record {
        numbers.append(unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
      }
    }
    #expect(numbers == Array(sent..<sent + 5))
  }

  @Test(
    "A killed writer's submitted records are read; its reserved ones are discarded by the next writer",
    .kernel(since: "6.5"))
  func userRing() async throws {
    let requests = try Requests()
    try await withPinned(requests.map) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let buffer = try UserRingBuffer(MapHandle(pinnedAt: FilePath(path)))
        _ = try buffer.send([1, 0, 0, 0])
        guard let first = try buffer.reserve(100), let second = try buffer.reserve(8) else { return }
        _ = try buffer.send([2, 0, 0, 0])
        kill(getpid(), SIGKILL)
        first.submit()
        second.submit()
      }
    }
    #expect(try requests.drain() == 1)
    #expect(try requests.drain() <= 0)
    let buffer = try UserRingBuffer(requests.map)
    #expect(try buffer.send([4, 0, 0, 0]))
    while try requests.value("sum") < 7, try requests.drain() > 0 {}
    #expect(try requests.value("taken") == 3 && requests.value("sum") == 7)
    #expect(try requests.value("bytes") == 12)
    #expect(buffer.freeBytes == pageSize)
  }
}
