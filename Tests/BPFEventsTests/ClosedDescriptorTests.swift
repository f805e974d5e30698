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

/// Tests waits during which other code in the process closes a descriptor. Each test runs in its own process.
@Suite("Descriptors closed during a wait", .kernel, .sources, .serialized)
struct ClosedDescriptorTests {
  @Test("The watcher's thread ends, and the next wait starts another")
  func watcher() async {
    await #expect(processExitsWith: .success) {
      let records = try Records()
      let ring = try RingBuffer(records.events)
      let before = try Watcher.shared()
      let waiting = Task { try await ring.wait() }
      close(before.poll.descriptor.rawValue)
      // A task that already waits ends in one way or another. A later one is not left waiting.
      try records.send(1, wakeUp: .always)
      _ = await waiting.result
      _ = try ring.consume { _ in }
      var isRenewed = false
      for _ in 0..<1000 where !isRenewed {
        // The thread checks its descriptor again only after an event, such as this one.
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

  @Test("A watcher that has ended takes no events of its successor, which has its descriptor number")
  func successor() async {
    await #expect(processExitsWith: .success) {
      let (first, second) = (try Records(), try Records())
      let (early, late) = (try RingBuffer(first.events), try RingBuffer(second.events))
      let before = try Watcher.shared()
      let number = before.poll.descriptor.rawValue
      let waiting = Task { try await early.wait() }
      while try !ClosedDescriptorTests.isWaited(for: number) { await Task.yield() }
      try await Task.sleep(for: .milliseconds(20))
      close(number)
      // This wait finds the descriptor closed, and ends the watcher. Its thread still sleeps.
      _ = await #expect(throws: BPFError.self) { try await late.wait() }
      _ = await waiting.result
      #expect(try Watcher.shared().poll.descriptor.rawValue == number)
      // Wakes the thread of the watcher that has ended.
      try first.send(1, wakeUp: .always)
      for _ in 0..<200 {
        let waiting = Task { try await late.wait() }
        try await Task.sleep(for: .milliseconds(1))
        try second.send(1, wakeUp: .always)
        #expect(try await waiting.value)
        #expect(try late.consume { _ in } == 1)
      }
    }
  }

  /// Whether the kernel watches a descriptor on behalf of an epoll instance.
  private static func isWaited(for epoll: CInt) throws -> Bool {
    try KernelFile.read(FilePath("/proc/self/fdinfo/\(epoll)")).contains("tfd:")
  }

  @Test("A ring whose descriptors belong to another file is an error, not an endless wait")
  func ring() async {
    await #expect(processExitsWith: .success) {
      let records = try Records()
      let ring = try RingBuffer(records.events)
      // A pipe that is always readable has the descriptor's number now.
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

/// Tests rings after another process has moved their positions.
@Suite("Rings damaged by another process", .kernel, .sources)
struct DamagedRingTests {
  /// Lends the page with a ring's consumer position, or for user rings with its producer position.
  private func withPosition(
    _ map: MapHandle, offset: Int, _ body: (UnsafeMutablePointer<UInt>) throws -> Void
  ) throws {
    try map.withFileDescriptor { map in
      let mapping = try OwnedMapping(map, offset: offset, byteCount: pageSize, isWritable: true)
      try body(mapping.base.assumingMemoryBound(to: UInt.self))
    }
  }

  @Test(
    "A ring buffer reports damage once, and then reads later records",
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
    "A user ring with an invalid writer's position is opened empty", .kernel(since: "6.5"),
    arguments: [4, 1 << 20] as [UInt])
  func userRing(position: UInt) throws {
    let requests = try Requests()
    try withPosition(requests.map, offset: pageSize) { $0.pointee = position }
    let buffer = try UserRingBuffer(requests.map)
    #expect(try buffer.send(UInt64(7)))
    #expect(try requests.drain() == 1)
  }
}
