//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFSyscall
import KernelFixtures
import Testing

/// Closures that receive batches may throw errors of their own. Those that do not leave the call's errors typed.
@Suite("Errors of closures that receive batches", .kernel)
struct OwnErrorTests {
  private struct Stop: Error {}

  private static func refuse() throws { throw Stop() }

  /// It compiles only if closures without errors, and with `BPFError`, leave the error of the call typed.
  private static func countTyped(_ map: HashMap<UInt32, UInt64>) throws(BPFError) -> Int {
    var count = 0
    try map.handle.forEachBatch { count += $0.count }
    try map.forEachBatch { (batch) throws(BPFError) in count += batch.count }
    try map.drainBatches { count += $0.count }
    try map.handle.drainBatches { (batch) throws(BPFError) in count += batch.count }
    return count
  }

  @Test("The error of a closure ends the sweep, and what a drain has not taken is still there")
  func sweeps() throws {
    let map = try HashMap<UInt32, UInt64>(maxEntries: 1000)
    for key in 0..<1000 { try map.update(UInt32(key), to: 1) }
    var (batches, taken) = (0, 0)
    #expect(throws: Stop.self) {
      try map.handle.forEachBatch(batchSize: 100) { _ in
        batches += 1
        try Self.refuse()
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
        taken += batch.count
        try Self.refuse()
      }
    }
    #expect(throws: Stop.self) {
      try map.drainBatches(batchSize: 100) { batch in
        taken += batch.count
        try Self.refuse()
      }
    }
    #expect(try taken > 0 && taken < 1000 && map.handle.count() == 1000 - taken)
    #expect(try Self.countTyped(map) == 3 * (1000 - taken))
  }

  @Test("Maps of values for each CPU, and the library's own errors beside a closure's")
  func others() throws {
    let map = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 10)
    let values = [UInt64](repeating: 1, count: try PossibleCPUs.current().count)
    try map.handle.updatePerCPU(
      [1, 0, 0, 0], to: values.map { unsafe withUnsafeBytes(of: $0) { unsafe Array($0) } })
    #expect(throws: Stop.self) { try map.forEachBatch { _ in try Self.refuse() } }
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let error = #expect(throws: BPFError.self) { try array.drainBatches { _ in try Self.refuse() } }
    #expect(error?.code == .unsupported)
  }
}
