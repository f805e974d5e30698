//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests arrays that are mapped into this process's memory.
@Suite("Mapped arrays", .kernel)
struct MappedArrayTests {
  struct Traffic: BitwiseCopyable, Equatable { var packets: UInt32, bytes: UInt64 }

  @Test("Memory and bpf(2) see each other's writes")
  func both() throws {
    let mapped = try MappedArray<UInt64>(maxEntries: 1000)
    let array = try ArrayMap<UInt64>(mapped.handle)
    try mapped.update(999, to: 5)
    #expect(try array[999] == 5)
    try array.update(0, to: 6)
    #expect(mapped[0] == 6)
    #expect(mapped.count == 1000 && mapped.reduce(0, +) == 11)
    #expect(mapped.isWritable)
  }

  @Test("Reads and writes values of any size", arguments: [1, 2])
  func sizes(index: Int) throws {
    func check<Value: BitwiseCopyable & Equatable>(_ value: Value) throws {
      let mapped = try MappedArray<Value>(maxEntries: 3)
      try mapped.update(index, to: value)
      #expect(mapped[index] == value)
      #expect(try ArrayMap<Value>(mapped.handle)[index] == value)
      let others = [0, 1, 2].filter { $0 != index }
      #expect(
        try others.allSatisfy { try mapped.handle.lookup(UInt32($0).bytes)?.allSatisfy { $0 == 0 } == true })
    }
    try check(UInt8(200))
    try check(UInt16(60_000))
    try check(UInt32.max - 1)
    try check(Int64.min + 1)
    try check(UInt128.max - 5)
    try check(Traffic(packets: 1, bytes: 2))
    try check(Float(1.5))
    try check(true)
    try check(IPv6Address(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10))
    struct Odd: BitwiseCopyable, Equatable {
      var a: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)
      static func == (a: Odd, b: Odd) -> Bool { a.a.0 == b.a.0 && a.a.6 == b.a.6 && a.a.3 == b.a.3 }
    }
    try check(Odd(a: (1, 2, 3, 4, 5, 6, 7)))
  }

  @Test("A program and this process see each other's additions")
  func program() throws {
    let mapped = try MappedArray<UInt64>(maxEntries: 1)
    let program = try mapped.handle.withFileDescriptor { try FixtureDescriptor.countingProgram(map: $0) }
    for _ in 0..<3 { try program.run() }
    #expect(mapped[0] == 3)
    #expect(try mapped.atomics.add(10, at: 0) == 3)
    try program.run()
    #expect(mapped[0] == 14)
  }

  @Test("Concurrent additions by threads and a program are not lost")
  func additions() async throws {
    let mapped = try MappedArray<UInt64>(maxEntries: 1)
    let program = try mapped.handle.withFileDescriptor { try FixtureDescriptor.countingProgram(map: $0) }
    let workers = (0..<2).map { _ in
      Worker.start { for _ in 0..<50_000 { try mapped.atomics.add(1, at: 0) } }
    }
    for _ in 0..<1000 { try program.run() }
    for worker in workers { try worker.join() }
    #expect(mapped.atomics[0] == 101_000)
  }

  @Test("Loads, stores, and adds to a number in each element", arguments: [0, 4])
  func fields(index: Int) throws {
    let mapped = try MappedArray<Traffic>(maxEntries: 5)
    try mapped.update(index, to: Traffic(packets: 1, bytes: 2))
    let packets = try mapped.atomics(of: \.packets)
    let bytes = try mapped.atomics(of: \.bytes)
    #expect(try packets.add(4, at: index) == 1)
    try bytes.store(9, at: index)
    #expect(packets[index] == 5 && bytes[index] == 9 && bytes.count == 5)
    #expect(mapped[index] == Traffic(packets: 5, bytes: 9))
    try packets.store(.max, at: index)
    #expect(try packets.add(1, at: index) == .max)
    #expect(mapped[index] == Traffic(packets: 0, bytes: 9))
    let wide = try MappedArray<Int>(maxEntries: 1)
    try wide.atomics.add(-3, at: 0)
    #expect(wide[0] == -3)
  }

  @Test("Refuses atomics of properties that are not stored or not aligned")
  func badFields() throws {
    let mapped = try MappedArray<Misaligned>(maxEntries: 1)
    let computed = #expect(throws: BPFError.self) { try mapped.atomics(of: \.computed) }
    #expect(computed?.code == .invalidArgument && computed?.explanation.contains("not stored") == true)
  }

  struct Misaligned: BitwiseCopyable {
    var stored: UInt32
    var computed: UInt32 { stored + 1 }
  }

  @Test("Writing beyond the end is an error", arguments: [3, -1, .max])
  func bounds(index: Int) throws {
    let mapped = try MappedArray<UInt32>(maxEntries: 3)
    for attempt in [
      { try mapped.update(index, to: 1) }, { try mapped.atomics.store(1, at: index) },
      { _ = try mapped.atomics.add(1, at: index) },
    ] as [() throws -> Void] {
      let error = #expect(throws: BPFError.self, performing: attempt)
      #expect(error?.code == .outOfBounds)
    }
    #expect(mapped.allSatisfy { $0 == 0 })
  }

  @Test("Reading beyond the end traps")
  func readingBounds() async {
    await #expect(processExitsWith: .failure) {
      let mapped = try MappedArray<UInt32>(maxEntries: 3)
      print(mapped[3])
    }
  }

  // MARK: - Read-only mappings

  @Test("Maps a frozen map read-only")
  func frozen() throws {
    let handle = try MapHandle.fixture(.array, flags: .mmapable)
    try handle.update(UInt32(1).bytes, to: UInt64(7).bytes)
    try handle.freeze()
    let mapped = try MappedArray<UInt64>(handle)
    #expect(!mapped.isWritable && mapped[1] == 7)
    for attempt in [
      { try mapped.update(1, to: 1) }, { try mapped.atomics.store(1, at: 1) },
      { _ = try mapped.atomics.add(1, at: 1) },
    ] as [() throws -> Void] {
      let error = #expect(throws: BPFError.self, performing: attempt)
      #expect(error?.code == .readOnly)
    }
    let refused = #expect(throws: BPFError.self) { try MappedArray<UInt64>(handle, access: .readWrite) }
    #expect(refused?.code == .frozen)
  }

  @Test("Maps a map that programs may only read read-only")
  func readOnlyForPrograms() throws {
    let handle = try MapHandle.fixture(.array, flags: [.mmapable, .readOnlyProgram])
    try handle.update(UInt32(1).bytes, to: UInt64(7).bytes)
    let mapped = try MappedArray<UInt64>(handle)
    #expect(!mapped.isWritable && mapped[1] == 7)
    #expect(throws: BPFError.self) { try mapped.update(1, to: 1) }
  }

  @Test("A read-only mapping does not prevent freezing, and a writable one does while it exists")
  func freezing() throws {
    let handle = try MapHandle.fixture(.array, flags: .mmapable)
    do {
      let writable = try MappedArray<UInt64>(handle)
      let busy = #expect(throws: BPFError.self) { try handle.freeze() }
      #expect(busy?.code == .busy)
      try withExtendedLifetime(writable) { try writable.update(0, to: 3) }
    }
    let mapped = try MappedArray<UInt64>(handle, access: .readOnly)
    try handle.freeze()
    #expect(mapped[0] == 3)
  }

  @Test("The error for mapping a read-only or write-only handle says so")
  func access() throws {
    let map = try MapHandle.fixture(.array, flags: .mmapable)
    let reader = #expect(throws: BPFError.self) {
      try MappedArray<UInt64>(MapHandle(id: map.id, access: .readOnly), access: .readOnly)
    }
    #expect(reader?.code == .readOnly)
    let writer = #expect(throws: BPFError.self) {
      try MappedArray<UInt64>(MapHandle(id: map.id, access: .writeOnly))
    }
    #expect(writer?.code == .writeOnly)
    let plain = #expect(throws: BPFError.self) { try MappedArray<UInt64>(MapHandle.fixture(.array)) }
    #expect(plain?.code == .unsupported && plain?.explanation.contains("BPF_F_MMAPABLE") == true)
  }

  @Test("The memory stays mapped until its last user is destroyed")
  func lifetime() throws {
    let handle = try MapHandle.fixture(.array, maxEntries: 4096, flags: .mmapable)
    var mapped: MappedArray<UInt64>? = try MappedArray(handle)
    let atomics = mapped?.atomics
    mapped = nil
    try atomics?.store(4, at: 4095)
    #expect(throws: BPFError.self) { try handle.freeze() }
    #expect(atomics?[4095] == 4)
    withExtendedLifetime(atomics) {}
  }

  @Test("An unmapped map can be frozen")
  func unmapped() throws {
    let handle = try MapHandle.fixture(.array, flags: .mmapable)
    for _ in 0..<100 { try MappedArray<UInt64>(handle).update(1, to: 1) }
    try handle.freeze()
    #expect(try handle.lookup(UInt32(1).bytes) == UInt64(1).bytes)
  }
}
