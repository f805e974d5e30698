//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Operations on whole maps. All of them use `SweepEngine`; `MapSweep` documents their guarantees while the map
// changes.

// MARK: - Reading

extension MapHandle {
  /// Starts a sweep: one pass over all elements, batch by batch.
  ///
  /// Use it to stop early, or to stream elements. See ``MapSweep`` for the guarantees while the map changes.
  ///
  /// - Parameters:
  ///   - batchSize: the number of elements to read at a time; the default depends on their size. It grows
  ///     automatically if a hash bucket holds more.
  ///   - flags: `.lock` to hold the spin lock in each value during the copy.
  public func sweep(batchSize: Int? = nil, flags: MapFlags = []) -> MapSweep {
    MapSweep(self, batchSize: batchSize, flags: flags)
  }

  /// Passes all elements to a closure, batch by batch.
  ///
  /// To stop early, throw an error, or use ``sweep(batchSize:flags:)``. See ``MapSweep`` for the guarantees while the
  /// map changes.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch; for types without batches, and before Linux 5.6, one or
  /// two for each element.
  ///
  /// - Parameters:
  ///   - batchSize: the number of elements to read at a time; the default depends on their size.
  ///   - flags: `.lock` to hold the spin lock in each value during the copy.
  ///   - body: a closure that receives each batch, which has at least one element. Keeping a batch costs its memory.
  /// - Throws: `BPFError`, as ``MapSweep/next()``, and the errors of `body`.
  public func forEachBatch(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    var sweep = sweep(batchSize: batchSize, flags: flags)
    while let batch = try sweep.next() { try body(batch) }
  }

  /// Returns all elements, in the kernel's order.
  ///
  /// See ``MapSweep`` for the guarantees while the map changes. The result holds all elements in memory; for large
  /// maps, use `forEachBatch(batchSize:flags:_:)`.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch; for types without batches one or two for each element. A
  /// few allocations in total.
  ///
  /// - Parameter flags: `.lock` to hold the spin lock in each value during the copy.
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries(flags: MapFlags = []) throws(BPFError) -> MapEntries {
    var engine = SweepEngine(self, flags: flags)
    var entries = MapEntries(of: self)
    while !engine.isAtEnd { try engine.append(to: &entries) }
    entries.trim()
    return entries
  }

  /// Returns all keys, in the kernel's order.
  ///
  /// See ``MapSweep`` for the guarantees while the map changes. For types with indices, returns the indices that hold
  /// an element. Where look-ups do not show that (perf_event_array, cgroup_array, xskmap, and sockmap and
  /// reuseport_sockarray with 4-byte values), returns all indices.
  ///
  /// System calls: as ``entries(flags:)``; for types with neither batches nor indices, one for each key.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func keys() throws(BPFError) -> MapKeys {
    var bytes: [UInt8] = []
    try forEachKeyBatch { batch in
      batch.withBytes { keys, _ in unsafe keys.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    }
    return MapKeys(bytes: bytes, keySize: keySize)
  }

  /// Returns the number of elements in the map.
  ///
  /// The kernel keeps no count, so this counts the elements in a sweep, see ``MapSweep``. Arrays are always full and need no
  /// sweep.
  ///
  /// System calls: none for arrays, else as ``keys()``.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; also `.unsupported` if the kernel does not show which indices hold
  ///   an object, see ``keys()``.
  public func count() throws(BPFError) -> Int {
    if type.isAlwaysFull { return maxEntries }
    if type.facts.keys == .index && !showsElements {
      throw failure(.count, .unsupported, nil, hiddenIndices)
    }
    var count = 0
    try forEachKeyBatch { count += $0.count }
    return count
  }

  private var hiddenIndices: String {
    let remedy =
      type.facts.values == .socket ? "; a map created with 8-byte values does" : ""
    return "\(type.withArticle) map does not show which indices hold an object\(remedy)"
  }

  /// Passes all keys to `body`, batch by batch. The values in the batches may be unset.
  private func forEachKeyBatch(_ body: (MapEntries) -> Void) throws(BPFError) {
    var sweep = MapSweep(self, batchSize: nil, flags: [], wantsValues: false)
    while let batch = try sweep.next() { body(batch) }
  }
}

// MARK: - Emptying

extension MapHandle {
  /// Deletes all elements.
  ///
  /// Elements inserted during the call may or may not be deleted. For queues and stacks, deletes at most `max_entries`
  /// elements, so that the call ends even while programs push. Elements of an rhash map may stay if the kernel resizes
  /// the table meanwhile.
  ///
  /// System calls: for hash maps other than rhash one `BPF_MAP_LOOKUP_AND_DELETE_BATCH` for each batch; else those of
  /// ``keys()`` and of deleting the keys, in batches if the kernel supports them.
  ///
  /// - Returns: the number of deleted elements. For an xskmap the number of all indices, since the kernel does not
  ///   show which of them held a socket.
  /// - Throws: `BPFError`, with the number of elements deleted before the failure in `BPFError.processed`;
  ///   `.unsupported` for types that cannot delete elements, such as arrays.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int {
    var deleted = 0
    do throws(BPFError) {
      switch type.facts.draining {
      case .batches, .pops: try drainBatches { deleted += $0.count }
      case .none: try delete(keys(), &deleted)
      }
    } catch {
      // Kernels without this command support look-up and deletion separately.
      let isWithoutCommand = error.errno == .invalidArgument || error.errno == .notSupportedByKernel
      guard isWithoutCommand, deleted == 0, case .batches = type.facts.sweep, !type.isAlwaysFull else {
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

  /// Looks up and deletes all elements, each of them atomically.
  ///
  /// A concurrent write ends up either in the result or in the map. If the call fails midway, the elements already
  /// deleted are lost; use `drainBatches(batchSize:_:)` to keep them.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_AND_DELETE_BATCH` for each batch, Linux 5.6; for queues and stacks one
  /// `BPF_MAP_LOOKUP_AND_DELETE_ELEM` for each element and one more, Linux 4.20.
  ///
  /// - Returns: the elements; for queues and stacks in pop order, with empty keys.
  /// - Throws: `BPFError`; `.unsupported`, with the reason, for types without an atomic look-up and delete.
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

  /// Looks up and deletes all elements, and passes them to a closure, batch by batch, in constant memory.
  ///
  /// Passes each batch to `body` before deleting the next, so that a later failure loses nothing.
  ///
  /// - Parameters:
  ///   - batchSize: the number of elements to delete at a time; the default depends on their size.
  ///   - body: a closure that receives each batch, which has at least one element.
  /// - Throws: `BPFError`, as ``drain()``, and the errors of `body`.
  public func drainBatches(
    batchSize: Int? = nil, _ body: (MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    var batch = MapEntries(of: self)
    try drain(appendingTo: &batch, batchSize: batchSize ?? defaultBatchSize) { (batch) throws(BPFError) in
      try body(batch)
      batch.removeAll()
    }
  }

  /// Drains the map. After each batch, `consume` may remove the elements that it has passed on.
  private func drain(
    appendingTo entries: inout MapEntries, batchSize: Int,
    _ consume: (inout MapEntries) throws(BPFError) -> Void
  ) throws(BPFError) {
    switch type.facts.draining {
    case .pops:
      // Stops after max_entries elements, since the loop might never end while programs push.
      for _ in 0..<maxEntries {
        guard try pop(into: &entries) else { break }
        if entries.count >= batchSize { try consume(&entries) }
      }
      if !entries.isEmpty { try consume(&entries) }
    case .batches:
      var engine = SweepEngine(self, batchSize: batchSize, removes: true)
      while !engine.isAtEnd {
        try engine.append(to: &entries)
        if !entries.isEmpty { try consume(&entries) }
      }
    case .none:
      if let refusal = type.facts.sweep.refusal { throw failure(.drain, .unsupported, nil, refusal) }
      throw failure(
        .drain, .unsupported, nil,
        "the kernel cannot look up and delete the elements of \(type.withArticle) map atomically; use entries and "
          + "deleteAll if losing a concurrent write is acceptable")
    }
  }

  /// Pops one element of a queue or stack. Returns false if it is empty.
  private func pop(into entries: inout MapEntries) throws(BPFError) -> Bool {
    let before = entries.count
    try entries.reserve(before + 1, of: self)
    try unsafe entries.append { (_, values, _) throws(BPFError) in
      let value = unsafe UnsafeMutableRawBufferPointer(rebasing: values[..<valueStride])
      return try unsafe read(.lookupAndDelete, RawSpan(), into: value, [])
        ? 1 : 0
    }
    return entries.count > before
  }

  /// Deletes keys, in batches if the kernel supports them, and skips missing keys.
  func delete(_ keys: MapKeys, _ deleted: inout Int) throws(BPFError) {
    try keys.withBytes { (keys) throws(BPFError) in try delete(keys, &deleted) }
  }

  /// Deletes contiguous keys.
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
  /// Returns the error with the number of elements processed before it.
  func with(processed: Int) -> BPFError {
    var error = self
    error.processed = processed
    return error
  }
}
