//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests maps with a value for each possible CPU.
@Suite("Per-CPU values", .kernel)
struct PerCPUTests {
  static let types: [MapType] = [.perCPUHash, .perCPUArray, .lruPerCPUHash]
  static let key = UInt32(1).bytes

  /// Returns a different value for each CPU.
  static func values(size: Int) throws -> [[UInt8]] {
    (0..<(try PossibleCPUs.current().count)).map { cpu in
      (0..<size).map { UInt8(truncatingIfNeeded: cpu * 100 + $0 + 1) }
    }
  }

  @Test("Writes and reads each CPU's value, for any size", arguments: types, [1, 3, 8, 12])
  func roundTrip(type: MapType, size: Int) throws {
    let map = try MapHandle.fixture(type, valueSize: size)
    let values = try Self.values(size: size)
    try map.updatePerCPU(Self.key, to: values)
    #expect(try map.lookupPerCPU(Self.key) == values)
    #expect(try map.lookupPerCPU(Self.key.span.bytes) == values)
    #expect(map.valueStride == (size + 7) / 8 * 8 * values.count)

    let raw = try map.raw.lookup(Self.key, stride: map.valueStride).get()
    for (cpu, value) in values.enumerated() {
      #expect(Array(raw[(cpu * map.perCPUStride)...].prefix(size)) == value)
    }
  }

  @Test(
    "A missing key returns nil", .kernel(since: "5.14"),
    arguments: [MapType.perCPUHash, .lruPerCPUHash])
  func missing(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    #expect(try map.lookupPerCPU(Self.key) == nil)
    #expect(try map.lookupAndDeletePerCPU(Self.key) == nil)
    #expect(try map.contains(Self.key) == false)
    #expect(try map.delete(Self.key) == false)
  }

  @Test("Checks for a key", arguments: types)
  func contains(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    try map.updatePerCPU(Self.key, to: try Self.values(size: 8))
    #expect(try map.contains(Self.key))
  }

  @Test(
    "Looking up and deleting an element returns all its values once", .kernel(since: "5.14"),
    arguments: [MapType.perCPUHash, .lruPerCPUHash])
  func lookupAndDelete(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 12)
    let values = try Self.values(size: 12)
    try map.updatePerCPU(Self.key, to: values)
    #expect(try map.lookupAndDeletePerCPU(Self.key) == values)
    #expect(try map.lookupAndDeletePerCPU(Self.key) == nil)
  }

  @Test("Update flags apply to per-CPU values")
  func flags() throws {
    let map = try MapHandle.fixture(.perCPUHash)
    let values = try Self.values(size: 8)
    #expect(throws: BPFError.self) { try map.updatePerCPU(Self.key, to: values, flags: .exist) }
    try map.updatePerCPU(Self.key, to: values, flags: .noExist)
    let error = #expect(throws: BPFError.self) {
      try map.updatePerCPU(Self.key, to: values, flags: .noExist)
    }
    #expect(error?.code == .alreadyExists)
  }

  @Test("Rejects a wrong number or size of values before the kernel")
  func wrongSizes() throws {
    let map = try MapHandle.fixture(.perCPUHash)
    let right = try Self.values(size: 8)
    var uneven = right
    uneven[uneven.count - 1] = [1, 2, 3]
    for wrong in [[], Array(right.dropLast()), right + [right[0]], uneven] {
      let error = #expect(throws: BPFError.self) { try map.updatePerCPU(Self.key, to: wrong) }
      #expect(error?.code == .wrongSize)
      #expect(error?.errno == nil)
    }
    let error = #expect(throws: BPFError.self) { try map.lookupPerCPU([1]) }
    #expect(error?.code == .wrongSize)
    #expect(try map.nextKey(after: nil) == nil)
  }

  // MARK: - Raw buffers

  @Test("Writes all CPUs' values from one buffer", arguments: [3, 8])
  func rawUpdate(size: Int) throws {
    let map = try MapHandle.fixture(.perCPUArray, valueSize: size)
    let values = try Self.values(size: size)
    let buffer = values.flatMap { $0 + [UInt8](repeating: 0, count: map.perCPUStride - size) }
    try map.updatePerCPU(Self.key.span.bytes, to: buffer.span.bytes)
    #expect(try map.lookupPerCPU(Self.key) == values)
    for wrong in [buffer.dropLast(), buffer + [0]] {
      let error = #expect(throws: BPFError.self) {
        try map.updatePerCPU(Self.key.span.bytes, to: Array(wrong).span.bytes)
      }
      #expect(error?.code == .wrongSize)
      #expect(error?.errno == nil)
    }
  }

  /// Checks the bytes around the buffer, because sanitizers do not see the kernel's writes.
  @Test("The kernel writes nothing outside the buffer", arguments: types, [1, 8, 12])
  func canaries(type: MapType, size: Int) throws {
    let map = try MapHandle.fixture(type, valueSize: size)
    let values = try Self.values(size: size)
    try map.updatePerCPU(Self.key, to: values)

    let margin = 256
    var memory = [UInt8](repeating: 0xc5, count: margin + map.valueStride + margin)
    let found = try memory.withUnsafeMutableBytes { memory in
      let middle = UnsafeMutableRawBufferPointer(rebasing: memory[margin..<margin + map.valueStride])
      var buffer = MutableRawSpan(_unsafeBytes: middle)
      return try map.lookupPerCPU(Self.key.span.bytes, into: &buffer)
    }
    #expect(found)
    #expect(memory.prefix(margin).allSatisfy { $0 == 0xc5 })
    #expect(memory.suffix(margin).allSatisfy { $0 == 0xc5 })
    for (cpu, value) in values.enumerated() {
      #expect(Array(memory[(margin + cpu * map.perCPUStride)...].prefix(size)) == value)
    }
  }

  @Test("Refuses a buffer whose size differs from that of all CPUs' values", arguments: [-8, -1, 1, 8])
  func rawBufferSize(difference: Int) throws {
    let map = try MapHandle.fixture(.perCPUArray)
    var buffer = [UInt8](repeating: 0, count: map.valueStride + difference)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    var caught: BPFError?
    do { _ = try map.lookupPerCPU(Self.key.span.bytes, into: &bytes) } catch { caught = error }
    #expect(caught?.code == .wrongSize)
    #expect(caught?.errno == nil)
  }

  @Test("Looks up and deletes into a buffer, with an array or a span for the key", .kernel(since: "5.14"))
  func lookupAndDeleteIntoBuffer() throws {
    let map = try MapHandle.fixture(.perCPUHash, valueSize: 8)
    for isSpan in [false, true] {
      var buffer = [UInt8](repeating: 0, count: map.valueStride)
      for index in buffer.indices { buffer[index] = UInt8(index & 0xff) }
      let written = buffer
      try map.updatePerCPU(Self.key, to: written.span.bytes)
      buffer = [UInt8](repeating: 0, count: map.valueStride)
      var span = buffer.mutableSpan
      var bytes = span.mutableBytes
      let isFound =
        isSpan
        ? try map.lookupAndDeletePerCPU(Self.key.span.bytes, into: &bytes)
        : try map.lookupAndDeletePerCPU(Self.key, into: &bytes)
      #expect(isFound)
      #expect(buffer == written)
      #expect(try !map.contains(Self.key))
    }
    var tooSmall = [UInt8](repeating: 0, count: map.valueStride - 1)
    var span = tooSmall.mutableSpan
    var bytes = span.mutableBytes
    do throws(BPFError) {
      _ = try map.lookupAndDeletePerCPU(Self.key, into: &bytes)
      Issue.record("a buffer that is too small was accepted")
    } catch {
      #expect(error.code == .wrongSize)
    }
  }
}
