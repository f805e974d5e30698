//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests look-ups and updates of one CPU's value. The values of all CPUs, which other tests compare with those of
/// bpftool, are the second source.
@Suite("One CPU's value", .kernel)
struct OneCPUTests {
  private static let types: [MapType] = [.perCPUHash, .lruPerCPUHash, .perCPUArray]

  private static func map(_ type: MapType, valueSize: Int = 12) throws -> MapHandle {
    try MapHandle(type: type, keySize: 4, valueSize: valueSize, maxEntries: 4)
  }

  @Test(
    "Reads and writes the value of one CPU, and leaves the others", .kernel(since: "7.0"), arguments: types)
  func element(_ type: MapType) throws {
    let map = try Self.map(type)
    let cpus = try PossibleCPUs.current().ids
    let last = try #require(cpus.last)
    try map.updatePerCPU([1, 0, 0, 0], to: cpus.map { [UInt8](repeating: UInt8($0 & 0x7f), count: 12) })
    #expect(
      try map.lookup([1, 0, 0, 0], flags: .cpu(last)) == [UInt8](repeating: UInt8(last & 0x7f), count: 12))

    let value = Array(UInt8(100)..<112)
    try map.update([1, 0, 0, 0], to: value, flags: .cpu(last))
    let values = try #require(try map.lookupPerCPU([1, 0, 0, 0]))
    #expect(values.last == value)
    for (cpu, other) in zip(cpus, values).dropLast() {
      #expect(other == [UInt8](repeating: UInt8(cpu & 0x7f), count: 12))
    }
    // The kernel writes no byte behind the value.
    var buffer = [UInt8](repeating: 0xee, count: 16)
    let found = try buffer.withUnsafeMutableBytes { bytes in
      var part = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[..<12]))
      return try map.lookup([1, 0, 0, 0], into: &part, flags: .cpu(last))
    }
    #expect(found)
    #expect(buffer == value + [0xee, 0xee, 0xee, 0xee])
    if type != .perCPUArray { #expect(try map.lookup([9, 0, 0, 0], flags: .cpu(0)) == nil) }
  }

  @Test("Writes one value for all CPUs", .kernel(since: "7.0"), arguments: types)
  func all(_ type: MapType) throws {
    let map = try Self.map(type)
    let value = Array(UInt8(1)...12)
    try map.update([2, 0, 0, 0], to: value, flags: .allCPUs)
    let values = try #require(try map.lookupPerCPU([2, 0, 0, 0]))
    #expect(values.count == (try PossibleCPUs.current().count) && values.allSatisfy { $0 == value })
  }

  @Test("Batches read and write one CPU's values without gaps", .kernel(since: "7.0"), arguments: types)
  func batches(_ type: MapType) throws {
    let map = try Self.map(type)
    let keys = (0..<4).flatMap { UInt32($0).bytes }
    let values = (0..<48).map { UInt8($0) }
    try map.updateBatch(keys: keys, values: values, count: 4, elementFlags: .cpu(0))
    for index in 0..<4 {
      let all = try #require(try map.lookupPerCPU(UInt32(index).bytes))
      #expect(all.first == Array(values[index * 12..<index * 12 + 12]))
      #expect(all.dropFirst().allSatisfy { $0 == [UInt8](repeating: 0, count: 12) })
    }
    var (readKeys, readValues) = ([UInt8](repeating: 0, count: 64), [UInt8](repeating: 0, count: 192))
    var cursor = MapCursor()
    var read: [UInt32: [UInt8]] = [:]
    while !cursor.isAtEnd {
      var keySpan = readKeys.mutableSpan
      var valueSpan = readValues.mutableSpan
      var keyBytes = keySpan.mutableBytes
      var valueBytes = valueSpan.mutableBytes
      let count = try map.lookupBatch(&cursor, keys: &keyBytes, values: &valueBytes, elementFlags: .cpu(0))
      for index in 0..<count {
        let key = UInt32(bytes: readKeys[index * 4..<index * 4 + 4])
        read[key] = Array(readValues[index * 12..<index * 12 + 12])
      }
    }
    #expect(read.count == 4)
    for index in 0..<4 { #expect(read[UInt32(index)] == Array(values[index * 12..<index * 12 + 12])) }
    try map.updateBatch(
      keys: keys, values: [UInt8](repeating: 7, count: 48), count: 4, elementFlags: .allCPUs)
    #expect(try map.lookupPerCPU([3, 0, 0, 0])?.last == [UInt8](repeating: 7, count: 12))
  }

  @Test("Typed maps read and write one CPU's value", .kernel(since: "7.0"))
  func typed() throws {
    let counts = try PerCPUArrayMap<UInt64>(maxEntries: 2)
    try counts.update(1, toAll: 5)
    try counts.update(1, onCPU: 0, to: 9)
    #expect(try counts.lookup(1, onCPU: 0) == 9)
    #expect(try counts[1]?.dropFirst().allSatisfy { $0 == 5 } == true)
    #expect(try counts.lookup(2, onCPU: 0) == nil)
    let sizes = try PerCPUHashMap<UInt32, UInt32>(maxEntries: 2)
    try sizes.update(7, onCPU: 0, to: 3)
    #expect(try sizes.lookup(7, onCPU: 0) == 3)
  }

  @Test("CPUs that do not exist, and flags that exclude each other, are explained", .kernel(since: "7.0"))
  func refusals() throws {
    let map = try Self.map(.perCPUArray)
    for cpu in [100_000, -1] {
      let error = #expect(throws: BPFError.self) { try map.lookup([0, 0, 0, 0], flags: .cpu(cpu)) }
      #expect(error?.code == .outOfBounds && error?.explanation.contains("no possible CPU") == true)
    }
    let both = #expect(throws: BPFError.self) {
      try map.update([0, 0, 0, 0], to: [UInt8](repeating: 0, count: 12), flags: [.cpu(0), .allCPUs])
    }
    #expect(both?.explanation.contains("exclude each other") == true)
    let conditional = #expect(throws: BPFError.self) {
      try map.update([0, 0, 0, 0], to: [UInt8](repeating: 0, count: 12), flags: [.cpu(0), .noExist])
    }
    #expect(conditional?.code == .invalidArgument && conditional?.errno == nil)
    let lookup = #expect(throws: BPFError.self) { try map.lookup([0, 0, 0, 0], flags: .allCPUs) }
    #expect(lookup?.explanation.contains("not .allCPUs") == true)
  }

  @Test("Calls for the values of all CPUs, and maps that are not per-CPU, take no such flags")
  func wrongCalls() throws {
    let map = try Self.map(.perCPUHash)
    let calls: [() throws -> Void] = [
      { _ = try map.lookupPerCPU([0, 0, 0, 0], flags: .cpu(0)) },
      { try map.updatePerCPU([0, 0, 0, 0], to: [[UInt8]](), flags: .allCPUs) },
      { _ = try map.lookupAndDeletePerCPU([0, 0, 0, 0], flags: .cpu(0)) },
      { _ = try map.entries(flags: .cpu(0)) },
      {
        var cursor = MapCursor()
        _ = try map.lookupBatch(&cursor, count: 1, elementFlags: .cpu(0))
      },
    ]
    for call in calls {
      let error = #expect(throws: BPFError.self) { try call() }
      #expect(error?.code == .wrongCall && error?.errno == nil, "\(String(describing: error))")
    }
    let hash = try MapHandle.fixture(.hash)
    for flags in [MapFlags.cpu(0), .allCPUs] {
      let error = #expect(throws: BPFError.self) {
        try hash.update(UInt32(1).bytes, to: UInt64(1).bytes, flags: flags)
      }
      #expect(
        error?.code == .invalidArgument && error?.explanation.contains("one value for all CPUs") == true)
    }
  }

  @Test("Older kernels do not know the flags", .kernel(before: "7.0"), arguments: types)
  func older(_ type: MapType) throws {
    let map = try Self.map(type)
    let value = [UInt8](repeating: 1, count: 12)
    var calls: [() throws -> Void] = [
      { _ = try map.lookup([0, 0, 0, 0], flags: .cpu(0)) },
      { try map.update([0, 0, 0, 0], to: value, flags: .cpu(0)) },
      { try map.update([0, 0, 0, 0], to: value, flags: .allCPUs) },
    ]
    // Arrays have batches since Linux 5.13.
    if type != .perCPUArray || !KernelRelease.isOlder(than: "5.13") {
      calls.append {
        try map.updateBatch(keys: [0, 0, 0, 0], values: value, count: 1, elementFlags: .cpu(0))
      }
    }
    for call in calls {
      let error = #expect(throws: BPFError.self) { try call() }
      #expect(error?.code == .unsupported && error?.errno == .invalidArgument, "\(String(describing: error))")
      #expect(error?.explanation.contains("only the values of all CPUs") == true)
    }
  }
}
