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
@Suite("Buffers leak nothing", .kernel, .serialized)
struct EventLeakTests {
  /// How many mappings of maps and events there are.
  private static func mappings() throws -> Int {
    try KernelFile.read("/proc/self/maps").split(separator: "\n").count {
      $0.hasSuffix("anon_inode:bpf-map") || $0.hasSuffix("anon_inode:[perf_event]")
    }
  }

  @Test("Descriptors and mappings go with the buffers, also where opening fails")
  func buffers() async {
    await #expect(processExitsWith: .success) {
      let perf = try PerfEventArray().handle
      func use() async throws {
        let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: 4096)
        let user = try MapHandle(type: .userRingBuf, keySize: 0, valueSize: 0, maxEntries: 4096)
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
      for _ in 0..<100 { try await use() }
      // What a task has captured goes a little later than its value comes.
      for _ in 0..<1000 where try Self.mappings() > 0 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(try Self.mappings() == 0)
    }
  }

  @Test("Where no descriptor is left, the error says so and takes none")
  func noDescriptorLeft() async {
    await #expect(processExitsWith: .success) {
      let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: 4096)
      try ProcessLimit.descriptors(256)
      // Whatever numbers are free are taken.
      while dup(STDERR_FILENO) >= 0 {}
      for _ in 0..<3 {
        let error = #expect(throws: BPFError.self) { try RingBuffer(ring) }
        #expect(error?.code == .outOfResources && error?.errno == .tooManyOpenFiles)
      }
    }
  }

  @Test("Of a process that is killed while it reads, the next goes on with the record it was at", .sources)
  func killed() async throws {
    let records = try Records()
    try records.send(10)
    try await withPinned(records.events) { path in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let ring = try RingBuffer(MapHandle(pinnedAt: FilePath(path)))
        try ring.consume(as: Event.self) { if $0.number == 4 { kill(getpid(), SIGKILL) } }
      }
    }
    var numbers: [UInt64] = []
    try RingBuffer(records.events).consume(as: Event.self) { numbers.append($0.number) }
    #expect(numbers == Array(4..<10))
  }

  /// Pins a map in a file system of the test's own, as long as `body` runs.
  private func withPinned(_ map: MapHandle, _ body: (String) async throws -> Void) async throws {
    let files = try BPFFileSystem()
    let path = files.path.appending("events")
    try map.pin(at: path)
    try await body(path.string)
    try map.unpin(from: path)
    withExtendedLifetime(files) {}
  }
}
