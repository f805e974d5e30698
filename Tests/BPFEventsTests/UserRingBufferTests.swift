//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("User ring buffers", .kernel, .sources, .kernel(since: "6.5"), .timeLimit(.minutes(20)))
struct UserRingBufferTests {
  @Test("Submitted records reach the program, and discarded ones do not")
  func submitting() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    #expect(buffer.freeBytes == pageSize)
    for value in UInt32(1)...3 {
      guard var reservation = try buffer.reserve(4) else {
        Issue.record("there is space for the record")
        return
      }
      reservation.withBytes { $0.storeBytes(of: value, as: UInt32.self) }
      if value == 2 { reservation.discard() } else { reservation.submit() }
    }
    // A reservation that is dropped is discarded.
    _ = try buffer.reserve(100)
    #expect(try buffer.send([5, 0, 0, 0, 0, 0, 0]))
    #expect(try requests.drain() == 3)
    #expect(try requests.value("sum") == 9)
    #expect(try requests.value("bytes") == 15)
    #expect(buffer.freeBytes == pageSize)
  }

  @Test("Records of all sizes wrap around the ring")
  func rounds() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    var (sent, bytes): (UInt64, UInt64) = (0, 0)
    for round in 0..<300 {
      let record = [UInt8](repeating: 0, count: round * 7 % 1500)
      while try buffer.send(record) {
        sent += 1
        bytes += UInt64(record.count)
        if sent % 5 == 0 { break }
      }
      try requests.drain()
    }
    #expect(try requests.value("taken") == sent)
    #expect(try requests.value("bytes") == bytes)
  }

  @Test("A full ring has no space, and a record that never fits is an error")
  func full() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    var count = 0
    while try buffer.send([UInt8](repeating: 1, count: 56)) { count += 1 }
    #expect(count == 64 && buffer.freeBytes == 0)
    if try buffer.reserve(0) != nil { Issue.record("there is no space for the record") }
    if try buffer.reserve(8, timeout: .milliseconds(10)) != nil {
      Issue.record("there is no space for the record")
    }
    for size in [4089, -1, .max] {
      let error = #expect(throws: BPFError.self) { _ = try buffer.reserve(size) }
      #expect(error?.code == .wrongSize)
    }
    try requests.drain()
    #expect(try buffer.send([UInt8](repeating: 1, count: 4088)))
  }

  @Test("A wait for space ends when the program has read records")
  func waiting() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    for _ in 0..<20 {
      // There is some space, but not enough.
      while try buffer.send([UInt8](repeating: 0, count: 1000)) {}
      let writer = Worker.start {
        guard var reservation = try buffer.reserve(2000, timeout: nil) else { return false }
        reservation.withBytes { $0.storeBytes(of: 1, as: UInt32.self) }
        reservation.submit()
        return true
      }
      while try requests.value("sum") == 0 { try requests.drain() }
      #expect(try writer.join() == true)
      try requests.object.setVariable("sum", to: UInt64(0))
    }
  }

  @Test("Several threads send at once without lost or torn records")
  func threads() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let (threads, each) = (4, 500)
    let writers = (0..<threads).map { thread in
      Worker.start {
        for _ in 0..<each {
          guard var reservation = try buffer.reserve(16 + thread * 8, timeout: nil) else { return }
          reservation.withBytes { $0.storeBytes(of: UInt32(thread + 1), as: UInt32.self) }
          reservation.submit()
        }
      }
    }
    while try requests.value("taken") < UInt64(threads * each) { try requests.drain() }
    for writer in writers { try writer.join() }
    #expect(try requests.value("taken") == UInt64(threads * each))
    #expect(try requests.value("sum") == UInt64(each * (1 + 2 + 3 + 4)))
    #expect(try requests.value("bytes") == UInt64(each * (16 + 24 + 32 + 40)))
  }

  @Test("The free space stays between 0 and the ring's size during concurrent sends and reads")
  func freeBytes() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let isDone = Flag()
    let observer = Worker.start {
      var range = pageSize...pageSize
      while !isDone.isSet {
        let free = buffer.freeBytes
        range = min(range.lowerBound, free)...max(range.upperBound, free)
      }
      return range
    }
    for _ in 0..<5000 {
      _ = try buffer.send([UInt8](repeating: 0, count: 500))
      try requests.drain()
    }
    isDone.set()
    let range = try #require(try observer.join())
    #expect(range.lowerBound >= 0 && range.upperBound == pageSize)
  }

  @Test("Under overload, each record is either sent or refused for lack of space")
  func overload() throws {
    let threads = 3
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let writers = (0..<threads).map { _ in
      Worker.start {
        var (sent, refused) = (UInt64(0), UInt64(0))
        for _ in 0..<3000 {
          if try buffer.send([1, 0, 0, 0]) { sent += 1 } else { refused += 1 }
        }
        return [sent, refused]
      }
    }
    for _ in 0..<20 { try requests.drain() }
    var (sent, refused) = (UInt64(0), UInt64(0))
    for writer in writers {
      let counts = try #require(try writer.join())
      (sent, refused) = (sent + counts[0], refused + counts[1])
    }
    while try requests.drain() > 0 {}
    #expect(refused > 0 && sent + refused == UInt64(threads * 3000))
    #expect(try requests.value("taken") == sent && requests.value("sum") == sent)
    #expect(buffer.freeBytes == pageSize)
  }

  /// Three bytes after the second field, and seven at the end, belong to no field.
  private struct Request: BitwiseCopyable {
    var number: UInt32
    var kind: UInt8
    var size: UInt64
    var isLast: Bool
  }

  private struct Empty: BitwiseCopyable {}
  private enum Choice: UInt8 { case first, second }

  @Test("Values are sent in C layout, with zeros for padding")
  func values() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    // Fills the ring, so that bytes that are not written show up as 0xff.
    while try buffer.send([UInt8](repeating: 0xff, count: 56)) {}
    try requests.drain()
    let (sum, bytes) = (try requests.value("sum"), try requests.value("bytes"))

    #expect(try buffer.send(Request(number: 0x0101_0101, kind: 1, size: .max, isLast: true)))
    #expect(try requests.drain() == 1)
    #expect(try requests.value("sum") - sum == 0x0101_0101)
    #expect(try requests.value("bytes") - bytes == 24)
    #expect(try requests.object.variableBytes("last").count { $0 == 0 } == 3 + 7)

    guard let first = try buffer.reserve(as: UInt32.self), let second = try buffer.reserve(as: UInt32.self),
      let third = try buffer.reserve(as: Request.self, timeout: .zero)
    else {
      Issue.record("there is space for the record")
      return
    }
    // Records come in the order of their reservations, not of their submission.
    third.submit(Request(number: 3, kind: 0, size: 0, isLast: false))
    second.discard()
    #expect(try requests.drain() == 0)
    first.submit(1)
    #expect(try requests.drain() == 2)
    #expect(try requests.value("sum") - sum == 0x0101_0101 + 4)
  }

  @Test("A value that cannot be a record, or finds no space, is not sent")
  func unfitValues() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let choice = #expect(throws: BPFError.self) { try buffer.send(Choice.first) }
    #expect(choice?.code == .typeMismatch)
    let empty = #expect(throws: BPFError.self) { try buffer.send(Empty()) }
    #expect(empty?.code == .typeMismatch)
    var count = 0
    while try buffer.send(UInt64(0)) { count += 1 }
    #expect(count == pageSize / 16)
    if try buffer.reserve(as: UInt64.self) != nil { Issue.record("there is no space for the record") }
    if try buffer.reserve(as: UInt64.self, timeout: .milliseconds(10)) != nil {
      Issue.record("there is no space for the record")
    }
  }

  @Test("Refuses a second writer of a map in a process, and a map of another type")
  func refusals() throws {
    let requests = try Requests()
    let buffer = try UserRingBuffer(requests.map)
    let second = #expect(throws: BPFError.self) { try UserRingBuffer(requests.map) }
    #expect(second?.code == .busy)
    withExtendedLifetime(buffer) {}
    let ring = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: pageSize)
    let error = #expect(throws: BPFError.self) { try UserRingBuffer(ring) }
    #expect(error?.code == .typeMismatch)
  }
}
