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

/// Runs each test in its own process, because tests that run in parallel would disturb the counts.
@Suite("Leaks of buffers", .kernel, .serialized, .notEmulated(.takesLong))
struct EventLeakTests {
  /// Returns the number of mappings of maps and perf events.
  private static func mappings() throws -> Int {
    try KernelFile.read("/proc/self/maps").split(separator: "\n").count {
      $0.hasSuffix("anon_inode:bpf-map") || $0.hasSuffix("anon_inode:[perf_event]")
    }
  }

  @Test(
    "Buffers free their descriptors and mappings, also when opening fails", .mapType(.userRingBuf))
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
      // The watcher's thread stays, and so do the runtime's descriptors.
      try await use()
      // Allows a few descriptors at a time, but not as many as a hundred leaking rounds would leave behind.
      try ProcessLimit.descriptors(UInt(OpenDescriptors.targets().count + 64))
      for _ in 0..<KernelAccess.rounds(100) { try await use() }
      // A task's captured values are freed shortly after its result arrives.
      for _ in 0..<1000 where try Self.mappings() > 0 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(try Self.mappings() == 0)
    }
  }

  @Test("Thousands of cancelled waits leak no task, descriptor, or memory")
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
      // A sanitizer keeps freed memory.
      if !KernelAccess.isSanitized {
        // A wait takes a few hundred bytes: 16,000 leaked waits would be megabytes.
        #expect(try Self.residentBytes() < memory + 1 << 20)
      }
    }
  }

  /// Returns the resident memory of this process in bytes.
  private static func residentBytes() throws -> Int {
    let fields = try KernelFile.read("/proc/self/statm").split(separator: " ")
    return try #require(Int(fields[1])) * Int(getpagesize())
  }

  @Test("The error for a lack of descriptors says so, and leaks none")
  func noDescriptorLeft() async {
    await #expect(processExitsWith: .success) {
      let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
      try ProcessLimit.descriptors(256)
      // Takes all free descriptor numbers.
      while dup(STDERR_FILENO) >= 0 {}
      for _ in 0..<3 {
        let error = #expect(throws: BPFError.self) { try RingBuffer(ring) }
        #expect(error?.code == .outOfResources && error?.errno == .tooManyOpenFiles)
      }
    }
  }
}
