//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFEvents
@testable import BPFSyscall

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Other code of the process closes what is waited with. Each test has a process of its own.
@Suite("Descriptors that are closed under a wait", .kernel, .sources, .serialized)
struct ClosedDescriptorTests {
  @Test("The thread that waits for tasks ends, and whoever waits next gets another")
  func watcher() async {
    await #expect(processExitsWith: .success) {
      let records = try Records()
      let ring = try RingBuffer(records.events)
      let before = try Watcher.shared()
      let waiting = Task { try await ring.wait() }
      close(before.poll.descriptor.rawValue)
      // A task that waits already is told, in one way or another; one that comes later is not left waiting.
      try records.send(1, wakeUp: .always)
      _ = await waiting.result
      _ = try ring.consume { _ in }
      var isRenewed = false
      for _ in 0..<1000 where !isRenewed {
        // The thread looks at its descriptor again only after an event, which this may have to be.
        let waiting = Task { try await ring.wait() }
        try records.send(1, wakeUp: .always)
        _ = await waiting.result
        _ = try? ring.consume { _ in }
        isRenewed = try Watcher.shared() !== before
        if !isRenewed { try await Task.sleep(for: .milliseconds(1)) }
      }
      #expect(isRenewed)
      let again = Task { try await ring.wait() }
      try records.send(1, wakeUp: .always)
      #expect(try await again.value)
    }
  }

  @Test("A ring whose descriptors are another file's is an error, not a wait without end")
  func ring() async {
    await #expect(processExitsWith: .success) {
      let records = try Records()
      let ring = try RingBuffer(records.events)
      // Something that can be read all the time has the number now.
      let epoll = ring.waiter.poll.descriptor.rawValue
      var pipes: (Int32, Int32) = (0, 0)
      let answer = withUnsafeMutablePointer(to: &pipes) { pipes in
        pipes.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
      }
      #expect(answer == 0)
      #expect(write(pipes.1, "x", 1) == 1)
      #expect(dup2(pipes.0, epoll) == epoll)
      let blocking = #expect(throws: BPFError.self) { try ring.wait() }
      #expect(blocking?.code == .system && blocking?.errno == .invalidArgument)
      let error = await #expect(throws: BPFError.self) { try await ring.wait() }
      #expect(error?.errno == .invalidArgument)
      #expect(error?.explanation.contains("closed a descriptor") == true)
    }
  }
}

/// Positions that another process has moved.
@Suite("Rings that another process has damaged", .kernel, .sources)
struct DamagedRingTests {
  /// Lends the page of a map that says how far a ring is read, or of user rings how far it is written.
  private func withPosition(
    _ map: MapHandle, offset: Int, _ body: (UnsafeMutablePointer<UInt>) throws -> Void
  ) throws {
    try map.withFileDescriptor { map in
      let mapping = try OwnedMapping(map, offset: offset, byteCount: pageSize, isWritable: true)
      try body(mapping.base.assumingMemoryBound(to: UInt.self))
    }
  }

  @Test(
    "A ring buffer tells it once, and reads what is sent afterwards",
    arguments: [4, 1 << 20, UInt(2 * pageSize)] as [UInt])
  func ring(position: UInt) async throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    for _ in 0..<2 {
      try records.send(3)
      try withPosition(records.events, offset: 0) { $0.pointee &+= position }
      #expect(try ring.wait(timeout: .zero))
      let error = #expect(throws: BPFError.self) { try ring.consume { _ in } }
      #expect(error?.code == .malformed)
      #expect(try ring.consume { _ in } == 0)
      try records.send(2)
      #expect(try ring.consume { _ in } == 2)
    }
    try records.send(3)
    try withPosition(records.events, offset: 0) { $0.pointee &+= position }
    var iterator = ring.events(as: Event.self).makeAsyncIterator()
    let error = await #expect(throws: BPFError.self) { try await iterator.next() }
    #expect(error?.code == .malformed)
    let before = try records.object.variable("dropped", as: UInt64.self)
    try records.send(1)
    #expect(try await iterator.next() != nil)
    #expect(try records.object.variable("dropped", as: UInt64.self) == before)
  }

  @Test(
    "A user ring whose writer's position cannot be is opened with nothing to read", .kernel(since: "6.5"),
    arguments: [4, 1 << 20] as [UInt])
  func userRing(position: UInt) throws {
    let requests = try Requests()
    try withPosition(requests.map, offset: pageSize) { $0.pointee = position }
    let buffer = try UserRingBuffer(requests.map)
    #expect(try buffer.send(UInt64(7)))
    #expect(try requests.drain() == 1)
  }
}
