//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// Keys, with or without values, that are collected and written in batches.
@usableFromInline
@safe struct WriteBatch: ~Copyable {
  private let map: MapHandle

  // The sizes of a key and a value, and buffers for `capacity` of each, the values after the keys. Padding between
  // elements is zero from the start, and never written.
  @usableFromInline let keySize: Int
  @usableFromInline let valueStride: Int
  @usableFromInline private(set) var keys: UnsafeMutableRawPointer
  @usableFromInline private(set) var values: UnsafeMutableRawPointer

  /// The number of elements that fit. It starts from the expected number, and grows up to the map's default batch
  /// size.
  @usableFromInline private(set) var capacity: Int

  @usableFromInline var count = 0
  private var hasBatches = true

  /// The number of elements written or deleted so far.
  @usableFromInline private(set) var processed = 0

  /// Creates a batch for updates of a map. `expected` is the expected number of elements, which sets the capacity.
  @usableFromInline
  init(updating map: MapHandle, expected: Int) {
    self.init(map, valueStride: map.valueStride, expected)
  }

  /// Creates a batch for deletions from a map. `expected` is the expected number of keys, which sets the capacity.
  @usableFromInline
  init(deletingFrom map: MapHandle, expected: Int) { self.init(map, valueStride: 0, expected) }

  private init(_ map: MapHandle, valueStride: Int, _ expected: Int) {
    self.map = map
    keySize = map.keySize
    self.valueStride = valueStride
    capacity = min(max(expected, 64), map.defaultBatchSize)
    unsafe (keys, values) = WriteBatch.allocate(capacity, keySize, valueStride)
  }

  @usableFromInline
  deinit { unsafe keys.deallocate() }

  /// Whether the batch must be written before another element fits.
  @inlinable var isFull: Bool { count == capacity }

  /// Removes all elements. Grows the buffers if they were full.
  private mutating func startNext() {
    if isFull, capacity < map.defaultBatchSize {
      capacity = min(capacity * 8, map.defaultBatchSize)
      unsafe keys.deallocate()
      unsafe (keys, values) = WriteBatch.allocate(capacity, keySize, valueStride)
    }
    count = 0
  }

  private static func allocate(
    _ capacity: Int, _ keySize: Int, _ valueStride: Int
  ) -> (keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer) {
    let valueOffset = (capacity * keySize).roundedUpToSlot
    let byteCount = valueOffset + capacity * valueStride
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe (bytes, bytes + valueOffset)
  }

  /// Appends an element whose key and value `encode` writes.
  @inlinable @inline(__always)
  mutating func append(_ encode: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void) {
    precondition(count < capacity, "the batch is full")
    unsafe encode(
      UnsafeMutableRawBufferPointer(start: keys + count * keySize, count: keySize),
      UnsafeMutableRawBufferPointer(start: values + count * valueStride, count: valueStride))
    count += 1
  }

  /// Calls `body` with the bytes of collected elements.
  private func withBytes(
    _ elements: Range<Int>, _ body: (_ keys: RawSpan, _ values: RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count, "more than were collected")
    let (first, count) = (elements.lowerBound, elements.count)
    try unsafe body(
      RawSpan(_unsafeStart: keys + first * keySize, byteCount: count * keySize),
      RawSpan(_unsafeStart: values + first * valueStride, byteCount: count * valueStride))
  }
}

// MARK: - Writing

extension WriteBatch {
  /// Updates the map with the collected elements.
  @usableFromInline
  mutating func update(_ flags: MapFlags) throws(BPFError) {
    defer { startNext() }
    // The only element flag that the kernel accepts in batches is the lock.
    hasBatches = hasBatches && flags.isSubset(of: .lock)
    guard count > 0 else { return }
    guard hasBatches else { return try updateOneByOne(flags) }
    do throws(BPFError) {
      try withBytes(0..<count) { (keys, values) throws(BPFError) in
        _ = try map.updateBatch(keys: keys, values: values, count: count, elementFlags: flags)
      }
    } catch {
      guard meansNoBatches(error) else { throw after(error) }
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

  /// Updates one element. Returns the error if it fails.
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

  /// Deletes the collected keys from the map. Skips missing keys.
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

  /// Returns whether an error means that the kernel has no batches for the map, so that nothing was done.
  private func meansNoBatches(_ error: BPFError) -> Bool {
    switch error.errno {
    case .notSupportedByKernel, .notSupported, .invalidArgument: error.processed ?? 0 == 0
    default: false
    }
  }

  /// Returns the error with the number of elements processed before it, including earlier batches.
  @usableFromInline
  func after(_ error: BPFError) -> BPFError { error.with(processed: processed + (error.processed ?? 0)) }
}
