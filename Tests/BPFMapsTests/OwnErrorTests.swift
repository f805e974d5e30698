//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFSyscall
import KernelFixtures
import Testing

/// Tests closures that throw their own errors. Closures that do not throw any leave the errors of the call typed.
@Suite("Errors thrown by batch closures", .kernel)
struct OwnErrorTests {
  private struct Stop: Error {}

  private static func stop() throws { throw Stop() }

  /// Compiles only if closures that throw nothing or `BPFError` leave the errors of the call typed.
  private static func countTyped(_ map: HashMap<UInt32, UInt64>) throws(BPFError) -> Int {
    var count = 0
    try map.handle.forEachBatch { count += $0.count }
    try map.forEachBatch { (batch) throws(BPFError) in count += batch.count }
    try map.drainBatches { count += $0.count }
    try map.handle.drainBatches { (batch) throws(BPFError) in count += batch.count }
    return count
  }

  @Test("An error thrown by the closure stops a sweep, and a drain leaves the other elements")
  func sweeps() throws {
    let map = try HashMap<UInt32, UInt64>(maxEntries: 1000)
    for key in 0..<1000 { try map.update(UInt32(key), to: 1) }
    var (batches, drained) = (0, 0)
    #expect(throws: Stop.self) {
      try map.handle.forEachBatch(batchSize: 100) { _ in
        batches += 1
        try Self.stop()
      }
    }
    #expect(throws: Stop.self) {
      try map.forEachBatch(batchSize: 100) { (_) throws(Stop) in
        batches += 1
        throw Stop()
      }
    }
    #expect(batches == 2)
    #expect(throws: Stop.self) {
      try map.handle.drainBatches(batchSize: 100) { batch in
        drained += batch.count
        try Self.stop()
      }
    }
    #expect(throws: Stop.self) {
      try map.drainBatches(batchSize: 100) { batch in
        drained += batch.count
        try Self.stop()
      }
    }
    #expect(try drained > 0 && drained < 1000 && map.handle.count() == 1000 - drained)
    #expect(try Self.countTyped(map) == 3 * (1000 - drained))
  }

  @Test("Closures of per-CPU maps may throw, and calls also throw the library's errors")
  func others() throws {
    let map = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 10)
    let values = [UInt64](repeating: 1, count: try PossibleCPUs.current().count)
    try map.handle.updatePerCPU(
      [1, 0, 0, 0], to: values.map { unsafe withUnsafeBytes(of: $0) { unsafe Array($0) } })
    #expect(throws: Stop.self) { try map.forEachBatch { _ in try Self.stop() } }
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let error = #expect(throws: BPFError.self) { try array.drainBatches { _ in try Self.stop() } }
    #expect(error?.code == .unsupported)
  }
}
