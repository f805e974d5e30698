//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import BPFSyscall
import KernelFixtures
import Testing

/// Tests operations on many elements in one system call.
@Suite("Batches", .kernel)
struct BatchTests {
  static func keys(_ numbers: some Sequence<UInt32>) -> [UInt8] { numbers.flatMap(\.bytes) }
  static func values(_ numbers: some Sequence<UInt32>) -> [UInt8] { numbers.flatMap { UInt64($0).bytes } }

  // MARK: - Update

  @Test("Writes all elements of a batch", arguments: [MapType.hash, .lruHash, .array])
  func update(type: MapType) throws {
    let map = try MapHandle.fixture(type, maxEntries: 100)
    let numbers = UInt32(0)..<100
    #expect(try map.updateBatch(keys: Self.keys(numbers), values: Self.values(numbers), count: 100) == 100)
    let raw = try map.raw
    for number in numbers {
      #expect(try raw.lookup(number.bytes, stride: 8).get() == UInt64(number).bytes)
    }
  }

  @Test(
    "Per-CPU values in a batch have the kernel's stride", .kernel(since: "5.13"),
    arguments: [MapType.perCPUHash, .perCPUArray])
  func updatePerCPU(type: MapType) throws {
    let map = try MapHandle.fixture(type, valueSize: 3)
    let cpus = try PossibleCPUs.current().count
    var values: [UInt8] = []
    for element in UInt8(0)..<4 {
      for cpu in 0..<cpus { values += [element, UInt8(truncatingIfNeeded: cpu), 9, 0, 0, 0, 0, 0] }
    }
    try map.updateBatch(keys: Self.keys(0..<4), values: values, count: 4)
    for element in UInt8(0)..<4 {
      let expected = (0..<cpus).map { [element, UInt8(truncatingIfNeeded: $0), 9] }
      #expect(try map.lookupPerCPU(UInt32(element).bytes) == expected)
    }
  }

  @Test("The error of a full map says how many elements were written")
  func updateFull() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 4)
    let numbers = UInt32(0)..<10
    let error = #expect(throws: BPFError.self) {
      try map.updateBatch(keys: Self.keys(numbers), values: Self.values(numbers), count: 10)
    }
    #expect(error?.code == .mapFull)
    #expect(error?.errno == .argListTooLong)
    #expect(error?.processed == 4)
    for number in UInt32(0)..<4 { #expect(try map.contains(number.bytes)) }
  }

  @Test("Operations on spans match those on arrays")
  func spans() throws {
    let map = try MapHandle.fixture(.hash)
    let (keys, values, firstKeys) = (Self.keys(0..<3), Self.values(0..<3), Self.keys(0..<2))
    #expect(try map.updateBatch(keys: keys.span.bytes, values: values.span.bytes, count: 3) == 3)
    #expect(try map.deleteBatch(keys: firstKeys.span.bytes, count: 2) == 2)
    #expect(try map.keys().map(Array.init) == [UInt32(2).bytes])
  }

  @Test("An empty batch does nothing")
  func empty() throws {
    let map = try MapHandle.fixture(.hash)
    #expect(try map.updateBatch(keys: [], values: [], count: 0) == 0)
    #expect(try map.deleteBatch(keys: [], count: 0) == 0)
  }

  // MARK: - Delete

  @Test("Deletes a batch, and stops at a missing key")
  func delete() throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill(0..<10)
    #expect(try map.deleteBatch(keys: Self.keys(0..<5), count: 5) == 5)
    let error = #expect(throws: BPFError.self) { try map.deleteBatch(keys: Self.keys([7, 2, 8]), count: 3) }
    #expect(error?.code == .notFound)
    #expect(error?.errno == .noSuchFileOrDirectory)
    #expect(error?.processed == 1)
    #expect(try map.contains(UInt32(8).bytes))
    #expect(try !map.contains(UInt32(7).bytes))
  }

  // MARK: - Sizes

  @Test(
    "Rejects buffers that do not match the count, before the kernel",
    arguments: [
      (7, 16, 2), (8, 15, 2), (8, 17, 2), (8, 16, 3), (8, 16, 1), (8, 16, -1), (0, 0, 1), (8, 16, Int.max),
    ])
  func wrongSizes(keyBytes: Int, valueBytes: Int, count: Int) throws {
    let map = try MapHandle.fixture(.hash)
    let (keys, values) = ([UInt8](repeating: 0, count: keyBytes), [UInt8](repeating: 0, count: valueBytes))
    let update = #expect(throws: BPFError.self) {
      try map.updateBatch(keys: keys, values: values, count: count)
    }
    #expect(update?.code == .wrongSize)
    #expect(update?.errno == nil)
    if keyBytes != 4 * max(0, min(count, 1000)) {
      let delete = #expect(throws: BPFError.self) { try map.deleteBatch(keys: keys, count: count) }
      #expect(delete?.code == .wrongSize)
      #expect(delete?.errno == nil)
    }
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test("The kernel refuses unsupported flags")
  func flags() throws {
    let map = try MapHandle.fixture(.hash)
    let (keys, values) = (Self.keys(0..<2), Self.values(0..<2))
    for flags in [MapFlags.noExist, .exist] {
      let error = #expect(throws: BPFError.self) {
        try map.updateBatch(keys: keys, values: values, count: 2, elementFlags: flags)
      }
      #expect(error?.errno == .invalidArgument)
      #expect(error?.processed == 0)
    }
    try map.fill([1])
    var cursor = MapCursor()
    var caught: BPFError?
    do { _ = try map.lookupBatch(&cursor, count: 4, flags: MapFlags(rawValue: 1)) } catch { caught = error }
    #expect(caught?.errno == .invalidArgument)
    #expect(cursor == MapCursor())
  }

  // MARK: - Look-up

  @Test(
    "The kernel writes a cursor for full buffers at the end as the type's row says",
    arguments: MapTypeRow.running.filter { !$0.type.isKeyless && $0.batch[0] == .ok })
  func cursorAtEnd(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    let map = fixture.map
    let count = try map.keys().count
    var keys = [UInt8](repeating: 0, count: count * map.keySize)
    var values = [UInt8](repeating: 0, count: count * map.valueStride)
    let unset = [UInt8](repeating: 0xff, count: max(4, map.keySize))
    var next = unset
    map.withFileDescriptor { descriptor in
      unsafe keys.withUnsafeMutableBytes { keys in
        unsafe values.withUnsafeMutableBytes { values in
          unsafe next.withUnsafeMutableBytes { next in
            let request = unsafe BPFCommand.BatchArgument(
              nextCursor: next.baseAddress, keys: keys.baseAddress, values: values.baseAddress, count: count,
              elementFlags: 0, flags: 0)
            _ = unsafe BPFCommand.mapBatch(.lookup, descriptor, request)
          }
        }
      }
    }
    #expect(try count > 0 && keys == map.keys().flatMap { $0 })
    #expect((next != unset) == row.type.facts.hasCursorAtEnd)
    withExtendedLifetime(fixture) {}
  }

  /// Returns the keys of the next batch, read into buffers of the given sizes.
  static func lookupBatch(
    of map: MapHandle, _ cursor: inout MapCursor, keyBytes: Int, valueBytes: Int
  ) throws(BPFError) -> [UInt32] {
    var keys = [UInt8](repeating: 0, count: keyBytes)
    var values = [UInt8](repeating: 0, count: valueBytes)
    var keySpan = keys.mutableSpan
    var valueSpan = values.mutableSpan
    var keyBuffer = keySpan.mutableBytes
    var valueBuffer = valueSpan.mutableBytes
    let count = try map.lookupBatch(&cursor, keys: &keyBuffer, values: &valueBuffer)
    return (0..<count).map { UInt32(bytes: keys[($0 * 4)...].prefix(4)) }
  }

  @Test("Consecutive batches return each element once", arguments: [1, 3, 16, 1000, 5000])
  func lookup(count: Int) throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var cursor = MapCursor()
    var seen: [UInt32] = []
    while !cursor.isAtEnd, seen.count <= 1000 {
      for (key, value) in try map.lookupBatch(&cursor, count: count) {
        #expect(value == UInt64(UInt32(bytes: key)).bytes)
        seen.append(UInt32(bytes: key))
      }
    }
    #expect(seen.sorted() == Array(0..<1000))
    #expect(try map.lookupBatch(&cursor, count: count).isEmpty)
  }

  @Test("A batch with fewer elements than the buffers hold does not end the pass")
  func lookupIntoBuffers() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var cursor = MapCursor()
    var seen: [UInt32] = []
    var calls = 0
    while !cursor.isAtEnd, calls < 1000 {
      seen += try Self.lookupBatch(of: map, &cursor, keyBytes: 4 * 100, valueBytes: 8 * 100)
      calls += 1
    }
    #expect(seen.sorted() == Array(0..<1000))
    #expect(calls >= 10)
  }

  @Test("After buffers too small for a bucket, larger ones continue at the same position")
  func bucketDoesNotFit() throws {
    // With a thousand elements in 1024 buckets, some bucket has two or more.
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var cursor = MapCursor()
    var seen: [UInt32] = []
    var refusals = 0
    var capacity = 1
    while !cursor.isAtEnd, seen.count <= 1000, refusals < 1000 {
      do {
        seen += try Self.lookupBatch(of: map, &cursor, keyBytes: 4 * capacity, valueBytes: 8 * capacity)
        capacity = 1
      } catch {
        #expect(error.code == .bufferTooSmall)
        #expect(error.errno == .noSpace)
        refusals += 1
        capacity += 1
      }
    }
    #expect(refusals > 0)
    #expect(seen.sorted() == Array(0..<1000))
  }

  @Test("Looks up and deletes each element once in batches")
  func lookupAndDelete() throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 1000)
    try map.fill(0..<1000)
    var cursor = MapCursor()
    var seen: [UInt32] = []
    while !cursor.isAtEnd, seen.count <= 1000 {
      seen += try map.lookupAndDeleteBatch(&cursor, count: 64).map { UInt32(bytes: $0.key) }
    }
    #expect(seen.sorted() == Array(0..<1000))
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test("Reads one-byte keys, which are shorter than the kernel's cursor")
  func oneByteKeys() throws {
    let map = try MapHandle.fixture(.hash, keySize: 1, valueSize: 1, maxEntries: 256)
    let bytes = (0...255).map { UInt8($0) }
    #expect(try map.updateBatch(keys: bytes, values: bytes.reversed(), count: 256) == 256)
    var cursor = MapCursor()
    var seen: [UInt8] = []
    while !cursor.isAtEnd, seen.count <= 256 {
      for (key, value) in try map.lookupBatch(&cursor, count: 16) {
        #expect(value == [255 - key[0]])
        seen += key
      }
    }
    #expect(seen.sorted() == bytes)
  }

  @Test("Rejects a batch size below 1", arguments: [0, -1])
  func noCount(count: Int) throws {
    let map = try MapHandle.fixture(.hash)
    var cursor = MapCursor()
    var caught: BPFError?
    do { _ = try map.lookupBatch(&cursor, count: count) } catch { caught = error }
    #expect(caught?.code == .wrongSize)
    #expect(caught?.errno == nil)
  }

  @Test(
    "Rejects buffers for unequal numbers of elements before the kernel",
    arguments: [(4, 16), (8, 8), (6, 16)])
  func unequalBuffers(keyBytes: Int, valueBytes: Int) throws {
    let map = try MapHandle.fixture(.hash)
    var cursor = MapCursor()
    let error = #expect(throws: BPFError.self) {
      try Self.lookupBatch(of: map, &cursor, keyBytes: keyBytes, valueBytes: valueBytes)
    }
    #expect(error?.code == .wrongSize)
    #expect(error?.errno == nil)
  }
}
