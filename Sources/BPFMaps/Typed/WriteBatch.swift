//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// Keys, with values or without, that are gathered to be written in batches.
@usableFromInline
struct WriteBatch {
  private let map: MapHandle
  private let valueStride: Int

  /// Room for as many elements. It begins with what is expected and grows up to what suits their size.
  private var capacity: Int

  private var keys: [UInt8]
  private var values: [UInt8]
  private var count = 0
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
    self.valueStride = valueStride
    capacity = min(max(expected, 64), map.defaultBatchSize)
    keys = [UInt8](repeating: 0, count: capacity * map.keySize)
    values = [UInt8](repeating: 0, count: capacity * valueStride)
  }

  /// Whether the batch must be written before there is room for another element.
  @usableFromInline var isFull: Bool { count == capacity }

  /// Forgets what was written, and makes more room if it filled what there was.
  private mutating func startNext() {
    if isFull, capacity < map.defaultBatchSize {
      capacity = min(capacity * 8, map.defaultBatchSize)
      keys = [UInt8](repeating: 0, count: capacity * map.keySize)
      values = [UInt8](repeating: 0, count: capacity * valueStride)
    }
    count = 0
  }

  /// Adds an element that `encode` writes into the room for its key and its value.
  @usableFromInline
  mutating func append(_ encode: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void) {
    precondition(count < capacity, "the batch is full")
    let (keyStart, valueStart) = (count * map.keySize, count * valueStride)
    let (keySize, valueStride) = (map.keySize, valueStride)
    unsafe keys.withUnsafeMutableBytes { keys in
      unsafe values.withUnsafeMutableBytes { values in
        unsafe encode(
          UnsafeMutableRawBufferPointer(rebasing: keys[keyStart..<keyStart + keySize]),
          UnsafeMutableRawBufferPointer(rebasing: values[valueStart..<valueStart + valueStride]))
      }
    }
    count += 1
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
      try unsafe map.updateBatch(
        keys: keys.span.bytes.extracting(first: count * map.keySize),
        values: values.span.bytes.extracting(first: count * valueStride), count: count, elementFlags: flags)
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
    let (key, value) = unsafe (
      keys.span.bytes.extracting(index * map.keySize..<(index + 1) * map.keySize),
      values.span.bytes.extracting(index * valueStride..<(index + 1) * valueStride)
    )
    do throws(BPFError) {
      if map.isPerCPU {
        try map.updatePerCPU(key, to: value, flags: flags)
      } else {
        try map.update(key, to: value, flags: flags)
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
    let gathered = MapKeys(bytes: Array(keys[..<(count * map.keySize)]), keySize: map.keySize)
    var deleted = 0
    defer { processed += deleted }
    do throws(BPFError) {
      try map.delete(gathered, &deleted)
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
