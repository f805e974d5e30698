//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// Goes through all elements of a map, each once, and adds them to others.
///
/// What it promises stands at ``MapSweep``.
struct SweepEngine: Sendable {
  private let map: MapHandle
  private let flags: MapFlags
  private let removes: Bool
  private let wantsValues: Bool

  private var path: SweepPath?
  private var batchSize: Int
  private(set) var isAtEnd = false

  // Where the sweep is: the kernel's cursor, the next index, or the last key stepped to.
  private var cursor = MapCursor()
  private var nextIndex = 0
  private var position: [UInt8]?

  // What came already: the last key where there is an order, else all of them.
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
    path = map.type.sweepPath
  }

  /// Adds at least one element to others, unless the end is reached.
  mutating func append(to entries: inout MapEntries) throws(BPFError) {
    let start = entries.count
    while !isAtEnd && entries.count == start {
      switch path {
      case .batches(let order): try appendBatch(to: &entries, order)
      case .indices: try appendIndices(to: &entries)
      case .steps(let order): try appendSteps(to: &entries, order)
      case nil: throw map.failure(.sweep, .unsupported, nil, map.type.sweepRefusal)
      }
    }
    total += entries.count - start
  }

  /// Gives up if others change the map faster than it can be gone through.
  private mutating func countRepeats(_ count: Int) throws(BPFError) {
    repeats += count
    guard repeats > 32 * (total + batchSize + 64) else { return }
    throw map.failure(
      .sweep, .changing, nil, processed: total,
      "other writers delete keys faster than they can be read, and the kernel keeps starting over; try again")
  }
}

// MARK: - Batches

extension SweepEngine {
  private mutating func appendBatch(to entries: inout MapEntries, _ order: KeyOrder?) throws(BPFError) {
    let start = entries.count
    try entries.reserve(start + batchSize, of: map)
    do throws(BPFError) {
      try unsafe entries.append { (keys, values, room) throws(BPFError) in
        try unsafe map.read(
          removes ? .lookupAndDelete : .lookup, removes ? .lookupAndDeleteBatch : .lookupBatch, &cursor, keys,
          values, room, flags, [])
      }
    } catch {
      try recover(from: error)
      return
    }
    if let order { try leaveOutRepeated(in: &entries, from: start, order) }
    // All elements of an array are there; asking once more for the end would be a call for nothing.
    let isComplete = map.type.isAlwaysFull && total + entries.count - start >= map.maxEntries
    isAtEnd = cursor.isAtEnd || isComplete
  }

  /// Goes on after a batch failed: with a larger one, or another way.
  private mutating func recover(from error: BPFError) throws(BPFError) {
    if error.code == .bufferTooSmall, let larger = map.largerBatch(than: batchSize) {
      batchSize = larger
      return
    }
    let hasNoBatches =
      error.errno == .invalidArgument || error.errno == .notSupportedByKernel || error.errno == .notSupported
    guard hasNoBatches, cursor.position.isEmpty, !removes else { throw error }
    path = map.type.sweepPathWithoutBatches
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

  /// Adds a key with its value, unless the key is not there.
  private func append(
    _ key: [UInt8], to entries: inout MapEntries, lookingUp: Bool
  ) throws(BPFError) -> Bool {
    let before = entries.count
    try unsafe entries.append { (keys, values, _) throws(BPFError) in
      unsafe keys.copyBytes(from: key)
      guard lookingUp else { return 1 }
      let value = unsafe UnsafeMutableRawBufferPointer(rebasing: values[..<map.valueStride])
      return try unsafe map.read(.lookup, .lookup, key.span.bytes, into: value, flags) ? 1 : 0
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
        // The key stood on was deleted, and the kernel started over: walk on to where the sweep was.
        try countRepeats(1)
        position = key
        continue
      }
      if try append(key, to: &entries, lookingUp: wantsValues) {
        note(key, order)
        position = key
        repeats = 0
      } else if vanished == key {
        // Listed, yet never to be looked up.
        position = key
      } else {
        // Gone between the two calls: ask again from the key before, which need not be gone.
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
