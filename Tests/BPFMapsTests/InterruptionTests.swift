//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

/// bpf(2) says EINTR and EAGAIN when a signal got in the way and it did nothing. Nobody should notice.
@Suite("Interrupted calls", .kernel)
struct InterruptionTests {
  private static let errors: [Errno] = [.interrupted, .resourceTemporarilyUnavailable]

  @Test("Every operation gets over three interruptions", arguments: errors)
  func retried(error: Errno) async throws {
    let swept = try await Worker.run {
      let map = try MapHandle(
        type: .hash, name: UniqueName.next(), keySize: 4, valueSize: 4, maxEntries: 8)
      // Each call of the library below makes one system call, the first of which fails three times.
      try Self.interrupt(3, error)
      try map.update([1, 0, 0, 0], to: [9, 9, 9, 9])
      return try map.entries().map(\.value)
    }
    #expect(swept == [[9, 9, 9, 9]])
  }

  @Test("A batch starts over with the count that was asked for", arguments: errors)
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

  @Test("Under a storm of signals the call gives up and says so", arguments: errors)
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

  @Test("Only an update lacks memory for an element")
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
