//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests histograms that are read from maps.
@Suite("Histograms of maps", .kernel)
struct HistogramMapTests {
  @Test("Reads the elements of an array as slots")
  func array() throws {
    let map = try ArrayMap<UInt32>(maxEntries: 27)
    #expect(try Log2Histogram(map).isEmpty)
    try map.update(0, to: 3)
    try map.update(26, to: .max)
    let histogram = try Log2Histogram(map)
    #expect(histogram.slots[0] == 3 && histogram.slots[26] == UInt64(UInt32.max))
    #expect(histogram.count == UInt64(UInt32.max) + 3)
  }

  @Test("Adds the counts of all CPUs without overflow")
  func perCPU() throws {
    let map = try PerCPUArrayMap<UInt64>(maxEntries: 64)
    let cpus = UInt64(try PossibleCPUs.current().count)
    try map.update(5, toAll: 7)
    try map.update(63, toAll: .max)
    let histogram = try Log2Histogram(map)
    #expect(histogram.slots[5] == 7 * cpus && histogram.slots[63] == .max)
    let small = try PerCPUArrayMap<UInt8>(maxEntries: 2)
    try small.update(1, toAll: 255)
    #expect(try Log2Histogram(small).slots[1] == 255 * cpus)
  }

  @Test("Reads a mapped array without a system call")
  func mapped() throws {
    let map = try MappedArray<UInt64>(maxEntries: 64)
    try map.update(3, to: 9)
    #expect(Log2Histogram(slots: map).slots[3] == 9)
  }

  @Test("Refuses an array with more elements than slots")
  func tooManyElements() throws {
    let map = try ArrayMap<UInt64>(name: "too_many", maxEntries: 65)
    let error = #expect(throws: BPFError.self) { try Log2Histogram(map) }
    #expect(error?.code == .typeMismatch)
    #expect(error?.description.contains("too_many") == true && error?.description.contains("65") == true)
    let perCPU = try PerCPUArrayMap<UInt64>(maxEntries: 65)
    #expect(throws: BPFError.self) { try Log2Histogram(perCPU) }
  }
}
