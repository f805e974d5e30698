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

/// Each test looks at a process of its own: tests that run in parallel would disturb it.
@Suite("Buffers leak nothing", .kernel, .serialized, .leftOutInEmulation(.takesLong))
struct EventLeakTests {
  /// How many mappings of maps and events there are.
  private static func mappings() throws -> Int {
    try KernelFile.read("/proc/self/maps").split(separator: "\n").count {
      $0.hasSuffix("anon_inode:bpf-map") || $0.hasSuffix("anon_inode:[perf_event]")
    }
  }

  @Test(
    "Descriptors and mappings go with the buffers, also where opening fails", .mapType(.userRingBuf))
  func buffers() async {
    await #expect(processExitsWith: .success) {
      let perf = try PerfEventArray().handle
      func use() async throws {
        let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
        let user = try MapHandle(type: .userRingBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
        let buffer = try RingBuffer(ring)
        let waiting = Task { try await buffer.wait() }
        waiting.cancel()
        #expect(try await waiting.value == false)
        let samples = try PerfBuffer(perf)
        let requests = try UserRingBuffer(user)
        _ = try requests.reserve(8)
        #expect(throws: BPFError.self) { try RingBuffer([ring, user]) }
        #expect(throws: BPFError.self) { try RingBuffer(ring) }
        #expect(throws: BPFError.self) { try PerfBuffer(perf) }
        #expect(try Self.mappings() > 0)
        withExtendedLifetime((buffer, samples)) {}
      }
      // The thread that waits for tasks stays, and what the runtime waits with.
      try await use()
      // Room for a few at a time, and not for what a hundred would leave behind.
      try ProcessLimit.descriptors(UInt(OpenDescriptors.targets().count + 64))
      for _ in 0..<KernelAccess.rounds(100) { try await use() }
      // What a task has captured goes a little later than its value comes.
      for _ in 0..<1000 where try Self.mappings() > 0 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(try Self.mappings() == 0)
    }
  }

  @Test("Thousands of waits that are cancelled leave no task, no descriptor, and no memory")
  func cancelledWaits() async {
    await #expect(processExitsWith: .success) {
      let ring = try RingBuffer(
        MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize))
      let perf = try PerfBuffer(PerfEventArray().handle)
      func cancel(_ count: Int) async throws {
        for round in 0..<count {
          let (first, second) = (Task { try await ring.wait() }, Task { try await perf.wait() })
          if round % 2 == 0 { await Task.yield() }
          first.cancel()
          second.cancel()
          guard try await (first.value, second.value) == (false, false) else {
            Issue.record("there is nothing to read")
            return
          }
        }
      }
      try await cancel(KernelAccess.rounds(2000))
      let (descriptors, memory) = (OpenDescriptors.count, try Self.residentBytes())
      try await cancel(KernelAccess.rounds(8000))
      #expect(OpenDescriptors.count == descriptors)
      // A sanitizer keeps what was freed.
      if getenv("SWIFT_BPF_SANITIZER") == nil {
        // A wait takes some hundred bytes: 16,000 that stay would be megabytes.
        #expect(try Self.residentBytes() < memory + 1 << 20)
      }
    }
  }

  /// How much of this process is in memory.
  private static func residentBytes() throws -> Int {
    let fields = try KernelFile.read("/proc/self/statm").split(separator: " ")
    return try #require(Int(fields[1])) * Int(getpagesize())
  }

  @Test("Where no descriptor is left, the error says so and takes none")
  func noDescriptorLeft() async {
    await #expect(processExitsWith: .success) {
      let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
      try ProcessLimit.descriptors(256)
      // Whatever numbers are free are taken.
      while dup(STDERR_FILENO) >= 0 {}
      for _ in 0..<3 {
        let error = #expect(throws: BPFError.self) { try RingBuffer(ring) }
        #expect(error?.code == .outOfResources && error?.errno == .tooManyOpenFiles)
      }
    }
  }
}
