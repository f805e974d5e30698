//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Testing

/// Tests the memory of sweeps, each in its own process, because other tests would add to the measured memory.
@Suite("Memory use of sweeps", .kernel, .serialized)
struct SweepMemoryTests {
  @Test("forEachBatch uses constant memory for 300,000 elements")
  func constant() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 64, maxEntries: 300_000)
      try Self.fill(map)
      try map.forEachBatch { _ in }
      let (seen, growth) = try Self.peakGrowth { () throws(BPFError) in
        var seen = 0
        try map.forEachBatch { seen += $0.count }
        return seen
      }
      #expect(seen == 300_000)
      // All elements take 20 MB, and a huge page 2 MiB.
      #expect(growth < 4 << 20, "\(growth) bytes more")
    }
  }

  @Test("The measurement works: entries() uses as much memory as its elements")
  func measured() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 64, maxEntries: 300_000)
      try Self.fill(map)
      let (entries, growth) = try Self.peakGrowth { () throws(BPFError) in try map.entries() }
      #expect(entries.count == 300_000)
      #expect(growth > 300_000 * 68 / 2, "\(growth) bytes more")
    }
  }

  private static func fill(_ map: MapHandle) throws {
    let values = [UInt8](repeating: 7, count: 10_000 * 64)
    for start in stride(from: UInt32(0), to: 300_000, by: 10_000) {
      try map.updateBatch(keys: (start..<start + 10_000).flatMap(\.bytes), values: values, count: 10_000)
    }
  }

  /// Returns the result of `body`, and the growth of the peak resident memory in bytes.
  private static func peakGrowth<R>(_ body: () throws -> R) throws -> (R, Int) {
    // 5 resets the peak to the current resident memory; see proc(5).
    try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    let before = try peak()
    let result = try body()
    return (result, try peak() - before)
  }

  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }
}
