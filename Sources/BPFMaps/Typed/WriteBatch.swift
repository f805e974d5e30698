//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// Keys, with values or without, that are gathered to be written in batches.
@usableFromInline
@safe struct WriteBatch: ~Copyable {
  private let map: MapHandle

  // Bytes of a key and a value, and room for `capacity` of each. The values stand behind the keys. Their padding is
  // zero from the start, and nobody writes there.
  @usableFromInline let keySize: Int
  @usableFromInline let valueStride: Int
  @usableFromInline private(set) var keys: UnsafeMutableRawPointer
  @usableFromInline private(set) var values: UnsafeMutableRawPointer

  /// Room for as many elements. It begins with what is expected and grows up to what suits their size.
  @usableFromInline private(set) var capacity: Int

  @usableFromInline var count = 0
  private var hasBatches = true

  /// How many elements the map has taken so far.
  @usableFromInline private(set) var processed = 0

  /// For updates of a map, of at least `expected` elements.
  @usableFromInline
  init(updating map: MapHandle, expected: Int) {
    self.init(map, valueStride: map.valueStride, expected)
  }

  /// For deletions from a map, of at least `expected` elements.
  @usableFromInline
  init(deletingFrom map: MapHandle, expected: Int) { self.init(map, valueStride: 0, expected) }

  private init(_ map: MapHandle, valueStride: Int, _ expected: Int) {
    self.map = map
    keySize = map.keySize
    self.valueStride = valueStride
    capacity = min(max(expected, 64), map.defaultBatchSize)
    unsafe (keys, values) = WriteBatch.room(for: capacity, keySize, valueStride)
  }

  @usableFromInline
  deinit { unsafe keys.deallocate() }

  /// Whether the batch must be written before there is room for another element.
  @inlinable var isFull: Bool { count == capacity }

  /// Forgets what was written, and makes more room if it filled what there was.
  private mutating func startNext() {
    if isFull, capacity < map.defaultBatchSize {
      capacity = min(capacity * 8, map.defaultBatchSize)
      unsafe keys.deallocate()
      unsafe (keys, values) = WriteBatch.room(for: capacity, keySize, valueStride)
    }
    count = 0
  }

  private static func room(
    for capacity: Int, _ keySize: Int, _ valueStride: Int
  ) -> (keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer) {
    let valueOffset = (capacity * keySize).roundedUpToSlot
    let byteCount = valueOffset + capacity * valueStride
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe (bytes, bytes + valueOffset)
  }

  /// Adds an element that `encode` writes into the room for its key and its value.
  @inlinable @inline(__always)
  mutating func append(_ encode: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void) {
    precondition(count < capacity, "the batch is full")
    unsafe encode(
      UnsafeMutableRawBufferPointer(start: keys + count * keySize, count: keySize),
      UnsafeMutableRawBufferPointer(start: values + count * valueStride, count: valueStride))
    count += 1
  }

  /// Lends the bytes of elements that were gathered.
  private func withBytes(
    _ elements: Range<Int>, _ body: (_ keys: RawSpan, _ values: RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count, "more than was gathered")
    let (first, count) = (elements.lowerBound, elements.count)
    try unsafe body(
      RawSpan(_unsafeStart: keys + first * keySize, byteCount: count * keySize),
      RawSpan(_unsafeStart: values + first * valueStride, byteCount: count * valueStride))
  }
}

// MARK: - Writing

extension WriteBatch {
  /// Updates the map with what was gathered.
  @usableFromInline
  mutating func update(_ flags: MapFlags) throws(BPFError) {
    defer { startNext() }
    // In a batch the kernel takes no flag of an element but the lock.
    hasBatches = hasBatches && flags.isSubset(of: .lock)
    guard count > 0 else { return }
    guard hasBatches else { return try updateOneByOne(flags) }
    do throws(BPFError) {
      try withBytes(0..<count) { (keys, values) throws(BPFError) in
        _ = try map.updateBatch(keys: keys, values: values, count: count, elementFlags: flags)
      }
    } catch {
      guard isWithoutBatches(error) else { throw after(error) }
      hasBatches = false
      return try updateOneByOne(flags)
    }
    processed += count
  }

  private mutating func updateOneByOne(_ flags: MapFlags) throws(BPFError) {
    for index in 0..<count {
      if let error = updateFailure(at: index, flags) { throw after(error) }
      processed += 1
    }
  }

  /// Updates one element; what came of it if it failed.
  private func updateFailure(at index: Int, _ flags: MapFlags) -> BPFError? {
    do throws(BPFError) {
      try withBytes(index..<index + 1) { (key, value) throws(BPFError) in
        if map.isPerCPU {
          try map.updatePerCPU(key, to: value, flags: flags)
        } else {
          try map.update(key, to: value, flags: flags)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  /// Deletes what was gathered from the map, passing over what is not there.
  @usableFromInline
  mutating func delete() throws(BPFError) {
    defer { startNext() }
    guard count > 0 else { return }
    var deleted = 0
    defer { processed += deleted }
    do throws(BPFError) {
      try withBytes(0..<count) { (keys, _) throws(BPFError) in try map.delete(keys, &deleted) }
    } catch {
      throw error.with(processed: processed + deleted)
    }
  }

  /// Whether the kernel has no batches for the map, so that nothing was done.
  private func isWithoutBatches(_ error: BPFError) -> Bool {
    switch error.errno {
    case .notSupportedByKernel, .notSupported, .invalidArgument: error.processed ?? 0 == 0
    default: false
    }
  }

  /// The error with all that was done before it, also in earlier batches.
  @usableFromInline
  func after(_ error: BPFError) -> BPFError { error.with(processed: processed + (error.processed ?? 0)) }
}
