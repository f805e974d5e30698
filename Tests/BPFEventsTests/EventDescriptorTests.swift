//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Synchronization
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Waits for buffers by poll(2), as an event loop outside the library does.
@Suite("Event descriptors and pollers", .kernel, .sources, .timeLimit(.minutes(20)))
struct EventDescriptorTests {
  private static func isReadable(_ descriptor: FileDescriptor, within milliseconds: CInt = 0) -> Bool {
    var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, milliseconds) == 1 && request.revents & Int16(POLLIN) != 0
  }

  @Test("The descriptor of rings is readable while there are records")
  func rings() throws {
    let records = try Records()
    let ring = try RingBuffer([records.events, records.others])
    let descriptor = try ring.eventDescriptor
    #expect(!Self.isReadable(descriptor))
    for _ in 0..<3 {
      try records.send(10, .sendToBoth)
      #expect(Self.isReadable(descriptor) && Self.isReadable(descriptor))
      #expect(try ring.consume(limit: 4) { _ in } == 4)
      #expect(Self.isReadable(descriptor))
      #expect(try ring.consume { _ in } == 6)
      #expect(!Self.isReadable(descriptor))
    }
    #expect(try ring.eventDescriptor == descriptor)
    // The buffer's own waits still work.
    try records.send(1)
    #expect(try ring.poll { _ in } == 1)
    #expect(try ring.wait(timeout: .zero) == false)
  }

  @Test("A thread that waits for the descriptor is woken")
  func waking() throws {
    let records = try Records()
    let ring = try RingBuffer(records.events)
    let descriptor = try ring.eventDescriptor
    for _ in 0..<50 {
      let waiter = Worker.start { Self.isReadable(descriptor, within: 10_000) }
      try records.send(1)
      #expect(try waiter.join() == true)
      #expect(try ring.consume { _ in } == 1)
    }
  }

  @Test("The descriptor is closed with the buffer, and a lack of descriptors is an error")
  func lifetime() async {
    await #expect(processExitsWith: .success) {
      let records = try Records()
      let before = OpenDescriptors.count
      do {
        let ring = try RingBuffer(records.events)
        _ = try ring.eventDescriptor
        let error = #expect(throws: BPFError.self) {
          let other = try RingBuffer(records.others)
          _ = try ProcessLimit.withoutDescriptors { try other.eventDescriptor }
        }
        #expect(error?.code == .outOfResources)
      }
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test("The descriptor of a perf buffer becomes readable with each wake-up")
  func perfBuffer() throws {
    let samples = try Samples()
    let buffer = try PerfBuffer(samples.map)
    let descriptor = try buffer.eventDescriptor
    #expect(!Self.isReadable(descriptor))
    for _ in 0..<3 {
      for cpu in buffer.cpus { try samples.send(2, cpu: cpu) }
      #expect(Self.isReadable(descriptor, within: 10_000))
      #expect(try buffer.consume { _ in } == 2 * buffer.cpus.count)
      while Self.isReadable(descriptor) {}
    }
    try samples.send(1)
    #expect(try buffer.poll { _ in } == 1)
  }

  // MARK: - Pollers

  @Test("A poller hands the records of each map to its handler")
  func poller() throws {
    let records = try Records()
    let (even, odd) = (Numbers(), Numbers())
    let poller = try RingPoller([
      .init(records.events, as: Event.self) { even.add($0.number) },
      .init(records.others) { odd.add(unsafe $0.unsafeLoad(as: UInt64.self)) },
    ])
    #expect(try poller.poll(timeout: .zero) == 0)
    try records.send(10, .sendToBoth)
    #expect(try poller.poll() == 10)
    #expect(even.all == [0, 2, 4, 6, 8] && odd.all == [1, 3, 5, 7, 9])
    // A record of either map wakes the caller.
    for number in 10..<20 {
      let waiter = Worker.start { try poller.poll() }
      try records.send(1, .sendToBoth)
      #expect(try waiter.join() == 1)
      #expect((number % 2 == 0 ? even : odd).all.last == UInt64(number))
    }
    poller.ring.close()
    #expect(try poller.poll() == 0)
  }

  @Test("An error of a handler ends the reading, and the next call continues after the record")
  func pollerErrors() throws {
    struct Own: Error {}
    let records = try Records()
    let numbers = Numbers()
    let poller = try RingPoller([
      .init(records.events, as: Event.self) { event in
        numbers.add(event.number)
        if event.number == 2 { throw Own() }
      }
    ])
    try records.send(5)
    #expect(throws: Own.self) { try poller.consume() }
    #expect(numbers.all == [0, 1, 2])
    #expect(try poller.consume() == 2)
    #expect(numbers.all == [0, 1, 2, 3, 4])
    try records.send(1, .sendSizes)
    let error = #expect(throws: BPFError.self) { try poller.consume() }
    #expect(error?.code == .wrongSize)
    #expect(try poller.consume() == 0)
    #expect(throws: BPFError.self) { try RingPoller([]) }
  }
}

/// A list of numbers that handlers add to.
private final class Numbers: Sendable {
  private let numbers = Mutex<[UInt64]>([])
  func add(_ number: UInt64) { numbers.withLock { $0.append(number) } }
  var all: [UInt64] { numbers.withLock { $0 } }
}
