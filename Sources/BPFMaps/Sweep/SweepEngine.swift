//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// Reads all elements of a map, each once, and appends them to `MapEntries`.
///
/// See ``MapSweep`` for the guarantees.
struct SweepEngine: Sendable {
  private let map: MapHandle
  private let flags: MapFlags
  private let removes: Bool
  private let wantsValues: Bool

  private var path: SweepPath?
  private var batchSize: Int
  private(set) var isAtEnd = false

  // The position of the sweep: the kernel's cursor, the next index, or the current key.
  private var cursor = MapCursor()
  private var nextIndex = 0
  private var position: [UInt8]?

  // The keys already read: with a known order only the last one, otherwise all.
  private var last: ArraySlice<UInt8>?
  private var seen: Set<[UInt8]> = []
  private var total = 0
  private var repeats = 0

  init(
    _ map: MapHandle, batchSize: Int? = nil, flags: MapFlags = [], wantsValues: Bool = true,
    removes: Bool = false
  ) {
    self.map = map
    self.flags = flags
    self.wantsValues = wantsValues
    self.removes = removes
    self.batchSize = map.usefulBatch(batchSize ?? map.defaultBatchSize)
    path = removes ? .batches(nil) : map.type.facts.sweep.path
  }

  /// Appends at least one element, unless the end is reached.
  mutating func append(to entries: inout MapEntries) throws(BPFError) {
    if flags.hasOneValue { throw map.oneValue(.sweep, insteadUse: "lookupBatch with buffers") }
    let start = entries.count
    while !isAtEnd && entries.count == start {
      switch path {
      case .batches(let order): try appendBatch(to: &entries, order)
      case .indices: try appendIndices(to: &entries)
      case .steps(let order): try appendSteps(to: &entries, order)
      case nil: throw map.failure(.sweep, .unsupported, nil, map.type.facts.sweep.refusal ?? "")
      }
    }
    total += entries.count - start
  }

  /// Counts repeated keys. Throws if concurrent writers delete keys faster than the sweep advances.
  private mutating func countRepeats(_ count: Int) throws(BPFError) {
    repeats += count
    guard repeats > 32 * (total + batchSize + 64) else { return }
    throw map.failure(
      .sweep, .changing, nil, processed: total,
      "the kernel keeps starting over, since keys are deleted faster than they are read; try again")
  }
}

// MARK: - Batches

extension SweepEngine {
  private mutating func appendBatch(to entries: inout MapEntries, _ order: KeyOrder?) throws(BPFError) {
    let start = entries.count
    try entries.reserve(start + batchSize, of: map)
    do throws(BPFError) {
      try unsafe entries.append { (keys, values, free) throws(BPFError) in
        try unsafe map.read(
          removes ? .lookupAndDelete : .lookup, removes ? .lookupAndDeleteBatch : .lookupBatch, &cursor, keys,
          values, free, flags, [])
      }
    } catch {
      try recover(from: error)
      return
    }
    if let order { try leaveOutRepeated(in: &entries, from: start, order) }
    // An array is always full, so another call to find the end is unnecessary.
    let isComplete = map.type.isAlwaysFull && total + entries.count - start >= map.maxEntries
    isAtEnd = cursor.isAtEnd || isComplete
  }

  /// Recovers from a failed batch: continues with a larger batch, or without batches.
  private mutating func recover(from error: BPFError) throws(BPFError) {
    if error.code == .bufferTooSmall, let larger = map.largerBatch(than: batchSize) {
      batchSize = larger
      return
    }
    let hasNoBatches =
      error.errno == .invalidArgument || error.errno == .notSupportedByKernel || error.errno == .notSupported
    guard hasNoBatches, cursor.position.isEmpty, !removes else { throw error }
    path = map.type.facts.sweep.pathWithoutBatches
  }

  private mutating func leaveOutRepeated(
    in entries: inout MapEntries, from start: Int, _ order: KeyOrder
  ) throws(BPFError) {
    let before = entries.count
    var last = self.last
    entries.filter(from: start) { key in
      if let last, !order.isKey(key, after: last) { return false }
      last = ArraySlice(Array(key))
      return true
    }
    self.last = last
    if entries.count > start { repeats = 0 } else { try countRepeats(before - start) }
  }
}

// MARK: - Indices

extension SweepEngine {
  private mutating func appendIndices(to entries: inout MapEntries) throws(BPFError) {
    let end = entries.count + batchSize
    try entries.reserve(end, of: map)
    while nextIndex < map.maxEntries && entries.count < end {
      let key = [UInt8](number: UInt32(truncatingIfNeeded: nextIndex))
      nextIndex += 1
      _ = try append(key, to: &entries, lookingUp: wantsValues || map.showsElements)
    }
    isAtEnd = nextIndex >= map.maxEntries
  }

  /// Appends a key with its value. Returns false if the key is not in the map.
  private func append(
    _ key: [UInt8], to entries: inout MapEntries, lookingUp: Bool
  ) throws(BPFError) -> Bool {
    let before = entries.count
    try unsafe entries.append { (keys, values, _) throws(BPFError) in
      unsafe keys.copyBytes(from: key)
      guard lookingUp else { return 1 }
      let value = unsafe UnsafeMutableRawBufferPointer(rebasing: values[..<map.valueStride])
      return try unsafe map.read(.lookup, key.span.bytes, into: value, flags) ? 1 : 0
    }
    return entries.count > before
  }
}

// MARK: - Steps

extension SweepEngine {
  private mutating func appendSteps(to entries: inout MapEntries, _ order: KeyOrder) throws(BPFError) {
    let end = entries.count + batchSize
    try entries.reserve(end, of: map)
    var vanished: [UInt8]?
    while entries.count < end {
      guard let key = try map.nextKey(after: position) else {
        isAtEnd = true
        return
      }
      guard isNew(key, order) else {
        // The current key was deleted, and the kernel started over: skip the keys already read.
        try countRepeats(1)
        position = key
        continue
      }
      if try append(key, to: &entries, lookingUp: wantsValues) {
        note(key, order)
        position = key
        repeats = 0
      } else if vanished == key {
        // The kernel lists the key, but never finds it.
        position = key
      } else {
        // The key was deleted between the two calls: continue from the previous key, which may still exist.
        vanished = key
        try countRepeats(1)
      }
    }
  }

  private func isNew(_ key: [UInt8], _ order: KeyOrder) -> Bool {
    if case .unknown = order { return !seen.contains(key) }
    return last.map { order.isKey(key[...], after: $0) } ?? true
  }

  private mutating func note(_ key: [UInt8], _ order: KeyOrder) {
    if case .unknown = order { seen.insert(key) } else { last = key[...] }
  }
}
