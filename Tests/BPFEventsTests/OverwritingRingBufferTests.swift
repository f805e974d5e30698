//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Tests of rings that overwrite their oldest records.
@Suite("Overwriting ring buffers", .kernel, .sources, .timeLimit(.minutes(20)))
struct OverwritingRingBufferTests {
  @Test("Creates an overwriting ring, or names the release that supports it")
  func creation() throws {
    var refusal: BPFError?
    do { _ = try Records(isOverwriting: true) } catch let error as BPFError { refusal = error }
    if KernelRelease.isOlder(than: "6.19") {
      #expect(refusal?.code == .unsupported && refusal?.errno == .invalidArgument)
      #expect(refusal?.mapName == "events")
      #expect(refusal?.explanation.contains("it takes Linux 6.19 or later, and this is Linux ") == true)
    } else {
      #expect(refusal == nil)
    }
  }

  @Test("Reads the latest records, and counts overwritten data", .kernel(since: "6.19"))
  func latest() async throws {
    let records = try Records(isOverwriting: true)
    let ring = try OverwritingRingBuffer(records.events)
    var (numbers, overwritten) = ([UInt64](), 0)
    func read() throws {
      try ring.consume { record in
        switch record {
        case .sample(let bytes): numbers.append(unsafe bytes.unsafeLoad(as: UInt64.self))
        case .overwritten(let count): overwritten += count
        }
      }
    }
    try records.send(10)
    #expect(ring.availableBytes == 10 * 72)
    try read()
    #expect(numbers == Array(0..<10) && overwritten == 0)
    try records.send(1000)
    #expect(try await ring.wait())
    try read()
    #expect(numbers.last == 1009 && overwritten > 0 && overwritten % 72 == 0)
    #expect(numbers.count + overwritten / 72 == 1010)
    #expect(try records.dropped == 0 && ring.availableBytes == 0)
    #expect(try ring.poll(timeout: .zero) { _ in } == 0)
  }

  @Test("A closure may throw its own error", .kernel(since: "6.19"))
  func ownErrors() throws {
    struct Stop: Error {}
    let records = try Records(isOverwriting: true)
    let ring = try OverwritingRingBuffer(records.events)
    try records.send(3)
    #expect(throws: Stop.self) { try ring.consume { _ in throw Stop() } }
    #expect(throws: Stop.self) { try ring.poll { (_) throws(Stop) in throw Stop() } }
    func rest() throws(BPFError) -> Int { try ring.consume { _ in } }
    #expect(try rest() == 1)
  }

  @Test("Refuses a ring that keeps its oldest records, and a map of another type")
  func refusals() throws {
    let plain = try MapHandle(type: .ringBuf, name: "plain", keySize: 0, valueSize: 0, maxEntries: pageSize)
    let error = #expect(throws: BPFError.self) { try OverwritingRingBuffer(plain) }
    #expect(error?.code == .typeMismatch && error?.mapName == "plain")
    #expect(error?.explanation.hasSuffix("open a RingBuffer") == true)
    let hash = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 1)
    let other = #expect(throws: BPFError.self) { try OverwritingRingBuffer(hash) }
    #expect(other?.code == .typeMismatch)
  }

  @Test("A ring buffer refuses an overwriting ring", .kernel(since: "6.19"))
  func wrongReader() throws {
    let records = try Records(isOverwriting: true)
    let wrong = #expect(throws: BPFError.self) { try RingBuffer(records.events) }
    #expect(wrong?.code == .unsupported)
  }
}
