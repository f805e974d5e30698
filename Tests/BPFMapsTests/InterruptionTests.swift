//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

/// Tests retries of bpf(2), which fails with EINTR or EAGAIN when a signal interrupts it before it has any effect.
@Suite("Interrupted bpf(2) calls", .kernel)
struct InterruptionTests {
  private static let errors: [Errno] = [.interrupted, .resourceTemporarilyUnavailable]

  @Test("Every operation is retried after three interruptions", arguments: errors)
  func retried(error: Errno) async throws {
    let swept = try await Worker.run {
      let map = try MapHandle(
        type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 8)
      // Each library call below makes one system call. Its first three attempts fail.
      try Self.interrupt(3, error)
      try map.update([1, 0, 0, 0], to: [9, 9, 9, 9])
      return try map.entries().map(\.value)
    }
    #expect(swept == [[9, 9, 9, 9]])
  }

  @Test("An interrupted batch is retried with the requested count", arguments: errors)
  func batch(error: Errno) async throws {
    let counts = try await Worker.run {
      let map = try MapHandle(
        type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 64)
      let bytes: [UInt8] = (0..<64).flatMap { (index: UInt8) in [index, 0, 0, 0] }
      try Self.interrupt(2, error)
      let updated = try map.updateBatch(keys: bytes, values: bytes, count: 64)
      return try [updated, map.count(), map.deleteAll()]
    }
    #expect(counts == [64, 64, 64])
  }

  @Test("A call that is always interrupted fails eventually", arguments: errors)
  func bounded(error: Errno) async throws {
    let failure = try await Worker.run { () -> BPFError? in
      let map = try MapHandle(
        type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 8)
      try Self.interrupt(.max, error)
      do throws(BPFError) {
        try map.update([1, 0, 0, 0], to: [9, 9, 9, 9])
        return nil
      } catch {
        return error
      }
    }
    #expect(failure?.errno == error)
  }

  @Test("Only an update's ENOMEM is explained by memory for an element")
  func memory() async throws {
    let texts = try await Worker.run {
      let map = try MapHandle(
        type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 8)
      let key: [UInt8] = [1, 0, 0, 0]
      let calls: [() throws -> Void] = [
        { _ = try map.lookup(key) }, { try map.delete(key) }, { try map.update(key, to: key) },
      ]
      try Self.interrupt(Int32(calls.count), .noMemory)
      var texts: [String] = []
      for call in calls {
        do {
          try call()
        } catch let error as BPFError {
          texts.append(error.explanation)
        }
      }
      return texts
    }
    #expect(texts.map { $0.contains("element") } == [false, false, true], "\(texts)")
  }

  /// Makes the next bpf(2) calls of this thread fail.
  private static func interrupt(_ count: Int32, _ error: Errno) throws {
    let answer = kf_interrupt_bpf_calls(count, error.rawValue)
    if answer < 0 { throw Errno(rawValue: -answer) }
  }
}
