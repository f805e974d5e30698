//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Reading, counting and emptying whole maps. All of it goes through `MapSweep`, where it stands what holds while
// the map changes.

// MARK: - Reading

extension MapHandle {
  /// Starts a passage through all elements, batch by batch, in constant memory.
  ///
  /// This is the form for leaving early, and for streaming. See ``MapSweep`` for what holds while the map changes.
  ///
  /// - Parameters:
  ///   - batchSize: how many elements to read at a time; by default what suits their size. It grows by itself
  ///     where a hash map's bucket holds more.
  ///   - flags: `.lock` to hold the spin lock in each value while it is copied.
  public func sweep(batchSize: Int? = nil, flags: MapFlags = []) -> MapSweep {
    MapSweep(self, batchSize: batchSize, flags: flags)
  }

  /// Passes all elements to a closure, batch by batch, in constant memory.
  ///
  /// To leave early, throw an error, or use ``sweep(batchSize:flags:)``. See ``MapSweep`` for what holds while the map
  /// changes.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch; for types without batches one or two for each
  /// element. Linux 5.6; before, as for types without batches.
  ///
  /// - Parameters:
  ///   - batchSize: how many elements to read at a time; by default what suits their size.
  ///   - flags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - body: receives each batch, at least one element. A batch that is kept costs its memory.
  /// - Throws: `BPFError`, as ``MapSweep/next()``, and what `body` throws.
  public func forEachBatch(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    var sweep = sweep(batchSize: batchSize, flags: flags)
    while let batch = try sweep.next() { try body(batch) }
  }

  /// All elements, in the kernel's order.
  ///
  /// See ``MapSweep`` for what holds while the map changes. The result takes memory for all elements, which for
  /// large maps may be much: `forEachBatch(batchSize:flags:_:)` does without.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch; for types without batches one or two for each
  /// element. Allocations: a few for all.
  ///
  /// - Parameter flags: `.lock` to hold the spin lock in each value while it is copied.
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries(flags: MapFlags = []) throws(BPFError) -> MapEntries {
    var engine = SweepEngine(self, flags: flags)
    var entries = MapEntries(of: self)
    while !engine.isAtEnd { try engine.append(to: &entries) }
    entries.trim()
    return entries
  }

  /// All keys, in the kernel's order.
  ///
  /// See ``MapSweep`` for what holds while the map changes. Of types by index, these are the indices that hold
  /// something; where the kernel does not tell (perf_event_array, cgroup_array, xskmap, and sockmap and
  /// reuseport_sockarray with 4-byte values), all indices.
  ///
  /// System calls: as ``entries(flags:)``; without batches and without an index, one for each key.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func keys() throws(BPFError) -> MapKeys {
    var bytes: [UInt8] = []
    try forEachKeyBatch { batch in
      batch.withBytes { keys, _ in unsafe keys.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    }
    return MapKeys(bytes: bytes, keySize: keySize)
  }

  /// How many elements the map has.
  ///
  /// The kernel does not keep count: the elements are counted in a sweep, in constant memory, except in arrays,
  /// which are always full.
  ///
  /// System calls: none for arrays, else as ``keys()``.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `BPFError.Code.unsupported` also where the kernel does not tell
  ///   which indices hold something, see ``keys()``.
  public func count() throws(BPFError) -> Int {
    if type.isAlwaysFull { return maxEntries }
    if type.traits.contains(.indexed) && !showsElements {
      throw failure(.count, .unsupported, nil, hiddenIndices)
    }
    var count = 0
    try forEachKeyBatch { count += $0.count }
    return count
  }

  private var hiddenIndices: String {
    let remedy =
      type.traits.contains(.holdsSockets) ? "; of a map created with 8-byte values it does" : ""
    return "the kernel does not tell which indices of \(type.withArticle) map hold something\(remedy)"
  }

  /// Passes batches of which the keys are to be looked at, and the values need not be there.
  private func forEachKeyBatch(_ body: (MapEntries) -> Void) throws(BPFError) {
    var sweep = MapSweep(self, batchSize: nil, flags: [], wantsValues: false)
    while let batch = try sweep.next() { body(batch) }
  }
}

// MARK: - Emptying

extension MapHandle {
  /// Deletes all elements.
  ///
  /// Elements inserted meanwhile may be deleted too or stay. Queues and stacks lose as many elements as they can
  /// hold at most, so that this ends even while others push.
  ///
  /// System calls: for hash maps one `BPF_MAP_LOOKUP_AND_DELETE_BATCH` for each batch; for other types those of
  /// ``keys()`` and of deleting the keys, in batches where the kernel has them.
  ///
  /// - Returns: how many were deleted. An xskmap does not tell which of its indices held something: all count.
  /// - Throws: `BPFError`, whose `BPFError.processed` says how many were deleted before;
  ///   `BPFError.Code.unsupported` for types whose elements cannot be deleted, such as arrays.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int {
    var deleted = 0
    do throws(BPFError) {
      switch type {
      case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .hashOfMaps, .queue, .stack:
        try drainBatches { deleted += $0.count }
      default:
        try delete(keys(), &deleted)
      }
    } catch {
      // Kernels without the command for it still have the two it is made of.
      let isWithoutCommand = error.errno == .invalidArgument || error.errno == .notSupportedByKernel
      guard isWithoutCommand, deleted == 0, case .batches = type.sweepPath, !type.isAlwaysFull else {
        throw error.with(processed: deleted)
      }
      do throws(BPFError) {
        try delete(keys(), &deleted)
      } catch {
        throw error.with(processed: deleted)
      }
    }
    return deleted
  }

  /// Takes all elements out of the map: each is read and deleted with nothing in between.
  ///
  /// What programs or other processes write meanwhile is either in the result or in the map. If it fails midway,
  /// what was taken is gone; to have it even then, use `drainBatches(batchSize:_:)`.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_AND_DELETE_BATCH` for each batch, Linux 5.6; for queues and stacks one
  /// `BPF_MAP_LOOKUP_AND_DELETE_ELEM` for each element and one more, Linux 4.20.
  ///
  /// - Returns: the elements; of queues and stacks in the order in which they come out, with empty keys.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` for types of which the kernel cannot read and delete in
  ///   one, with the reason.
  public func drain() throws(BPFError) -> MapEntries {
    var drained = MapEntries(of: self)
    do throws(BPFError) {
      try drain(appendingTo: &drained, batchSize: defaultBatchSize) { (_) throws(BPFError) in }
    } catch {
      throw error.with(processed: drained.count)
    }
    drained.trim()
    return drained
  }

  /// Takes all elements out of the map and passes them to a closure, batch by batch, in constant memory.
  ///
  /// Each batch is handed over before the next is taken, so that nothing is lost if a later one fails.
  ///
  /// - Parameters:
  ///   - batchSize: how many elements to take at a time; by default what suits their size.
  ///   - body: receives each batch, at least one element.
  /// - Throws: `BPFError`, as ``drain()``, and what `body` throws.
  public func drainBatches(
    batchSize: Int? = nil, _ body: (MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    var batch = MapEntries(of: self)
    try drain(appendingTo: &batch, batchSize: batchSize ?? defaultBatchSize) { (batch) throws(BPFError) in
      try body(batch)
      batch.removeAll()
    }
  }

  /// Takes all elements out. After each batch, `consume` may remove from the elements what it has handed on.
  private func drain(
    appendingTo entries: inout MapEntries, batchSize: Int,
    _ consume: (inout MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    switch type {
    case .queue, .stack:
      // No more than there can have been, or it might go on for ever beside one who pushes.
      for _ in 0..<maxEntries {
        guard try pop(into: &entries) else { break }
        if entries.count >= batchSize { try consume(&entries) }
      }
      if !entries.isEmpty { try consume(&entries) }
    case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .hashOfMaps:
      var engine = SweepEngine(self, batchSize: batchSize, removes: true)
      while !engine.isAtEnd {
        try engine.append(to: &entries)
        if !entries.isEmpty { try consume(&entries) }
      }
    default:
      guard type.sweepPath != nil else { throw failure(.drain, .unsupported, nil, type.sweepRefusal) }
      throw failure(
        .drain, .unsupported, nil,
        "the kernel cannot read and delete the elements of \(type.withArticle) map in one; use entries and deleteAll if a "
          + "write in between may be lost")
    }
  }

  /// Takes one element out of a queue or stack; false if there is none.
  private func pop(into entries: inout MapEntries) throws(BPFError) -> Bool {
    let before = entries.count
    try entries.reserve(before + 1, of: self)
    try unsafe entries.append { (_, values, _) throws(BPFError) in
      let value = unsafe UnsafeMutableRawBufferPointer(rebasing: values[..<valueStride])
      return try unsafe read(.lookupAndDelete, .lookupAndDelete, RawSpan(), into: value, [])
        ? 1 : 0
    }
    return entries.count > before
  }

  /// Deletes keys, in batches where the kernel has them, and passes over those that are gone.
  func delete(_ keys: MapKeys, _ deleted: inout Int) throws(BPFError) {
    try keys.withBytes { (keys) throws(BPFError) in try delete(keys, &deleted) }
  }

  /// Deletes keys that lie side by side.
  func delete(_ keys: RawSpan, _ deleted: inout Int) throws(BPFError) {
    let total = keySize == 0 ? 0 : keys.byteCount / keySize
    var index = 0
    var hasBatches = true
    while index < total {
      guard hasBatches else {
        if try delete(keys.extracting(index * keySize..<(index + 1) * keySize)) { deleted += 1 }
        index += 1
        continue
      }
      do throws(BPFError) {
        let rest = total - index
        let count = try deleteBatch(keys: keys.extracting(last: rest * keySize), count: rest)
        deleted += count
        index += count
      } catch {
        let count = error.processed ?? 0
        deleted += count
        index += count
        switch error.errno {
        case .noSuchFileOrDirectory: index += 1
        case .notSupportedByKernel, .notSupported: hasBatches = false
        case .invalidArgument where count == 0: hasBatches = false
        default: throw error
        }
      }
    }
  }
}

extension BPFError {
  /// The error with the number of elements done before it.
  func with(processed: Int) -> BPFError {
    var error = self
    error.processed = processed
    return error
  }
}
