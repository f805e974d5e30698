//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that has one value for each key.
public protocol ValueMap<Key, Value>: KeyedMap {
  /// What elements hold.
  associatedtype Value: BitwiseCopyable

  /// How values lie in the map.
  var valueLayout: ElementLayout<Value> { get }
}

// MARK: - Look-up

extension ValueMap {
  /// Looks up the value of a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied. Linux 5.1.
  /// - Returns: the value, or nil if there is no such key.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  @inlinable
  public func lookup(_ key: Key, flags: MapFlags = []) throws(BPFError) -> Value? {
    let (value, errno) = unsafe keyLayout.withBytes(of: key) { key in
      unsafe valueLayout.decode { unsafe handle.lookup(at: key, into: $0, flags) }
    }
    return try handle.outcome(.lookup, errno, flags) ? value : nil
  }

  /// The value of a key, or nil if there is no such key. See ``lookup(_:flags:)``.
  @inlinable
  public subscript(key: Key) -> Value? {
    get throws(BPFError) { try lookup(key) }
  }
}

// MARK: - Update

extension ValueMap {
  /// Sets the value of a key.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - value: its new value.
  ///   - flags: none to insert or replace, `.noExist` only to insert, `.exist` only to replace, and `.lock` to
  ///     hold the spin lock in the value while it is written.
  /// - Throws: `BPFError`. `BPFError.Code.mapFull`, `BPFError.Code.outOfBounds` for an index beyond an array's
  ///   end, `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.notFound` with `.exist`,
  ///   `BPFError.Code.frozen`, `BPFError.Code.readOnly`.
  @inlinable
  public func update(_ key: Key, to value: Value, flags: MapFlags = []) throws(BPFError) {
    let errno = unsafe keyLayout.withBytes(of: key) { key in
      unsafe valueLayout.withBytes(of: value) { unsafe handle.update(at: key, to: $0, flags) }
    }
    if errno != 0 { throw handle.elementFailure(.update, errno, flags) }
  }

  /// Sets the values of many keys, in batches where the kernel has them.
  ///
  /// They are written in order; if one fails, those before it stay.
  ///
  /// System calls: one `BPF_MAP_UPDATE_BATCH` for each batch; one for each element with `.noExist` and `.exist`,
  /// which the kernel does not take in batches, and where it has none. Allocations: two buffers.
  ///
  /// - Parameters:
  ///   - elements: keys with their values.
  ///   - flags: as for a single update.
  /// - Returns: how many were written.
  /// - Throws: `BPFError`, as a single update; its `BPFError.processed` says how many were written before.
  @inlinable @discardableResult
  public func update(
    contentsOf elements: some Sequence<(Key, Value)>, flags: MapFlags = []
  ) throws(BPFError) -> Int {
    var batch = WriteBatch(updating: handle, expected: elements.underestimatedCount)
    for (key, value) in elements {
      unsafe batch.append { keyBytes, valueBytes in
        unsafe keyLayout.encode(key, into: keyBytes)
        unsafe valueLayout.encode(value, into: valueBytes)
      }
      if batch.isFull { try batch.update(flags) }
    }
    try batch.update(flags)
    return batch.processed
  }

  /// Sets the values of many keys, given as an array, of which a literal takes the map's types.
  /// See ``update(contentsOf:flags:)``.
  @inlinable @discardableResult
  public func update(contentsOf elements: [(Key, Value)], flags: MapFlags = []) throws(BPFError) -> Int {
    try update(contentsOf: elements.lazy.map { $0 }, flags: flags)
  }

  /// Sets the values of many keys, such as those of a dictionary or of another map's entries.
  /// See ``update(contentsOf:flags:)``.
  @inlinable @discardableResult @_disfavoredOverload
  public func update(
    contentsOf elements: some Sequence<(key: Key, value: Value)>, flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try update(contentsOf: elements.lazy.map { ($0.key, $0.value) }, flags: flags)
  }
}

// MARK: - All elements

extension ValueMap {
  /// All elements, in the kernel's order, read in one sweep.
  ///
  /// See ``MapSweep`` for what holds while the map changes. The result takes memory for all elements;
  /// `forEachBatch(batchSize:flags:_:)` does with that for a batch.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch. Allocations: a few for all.
  ///
  /// - Parameter flags: `.lock` to hold the spin lock in each value while it is copied.
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries(flags: MapFlags = []) throws(BPFError) -> TypedEntries<Key, Value> {
    try TypedEntries(handle.entries(flags: flags), keyLayout, valueLayout)
  }

  /// All values, in the order of ``KeyedMap/keys()``, read in one sweep. See ``entries(flags:)``.
  public func values(flags: MapFlags = []) throws(BPFError) -> TypedElements<Value> {
    try entries(flags: flags).values
  }

  /// Passes all elements to a closure, batch by batch, in constant memory.
  ///
  /// See ``MapSweep`` for what holds while the map changes.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch. Allocations: two buffers, once.
  ///
  /// - Parameters:
  ///   - batchSize: how many elements to read at a time; by default what suits their size.
  ///   - flags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - body: receives each batch, at least one element. A batch that is kept costs its memory.
  /// - Throws: `BPFError`, as ``MapSweep/next()``, and what `body` throws.
  @inlinable
  public func forEachBatch(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (TypedEntries<Key, Value>) throws(BPFError) -> Void
  ) throws(BPFError) {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.forEachBatch(batchSize: batchSize, flags: flags) { (batch) throws(BPFError) in
      try body(TypedEntries(batch, keyLayout, valueLayout))
    }
  }
}

// MARK: - By index

extension IndexedMap where Self: ValueMap {
  /// Looks up the value at an index; nil beyond the end. See ``ValueMap/lookup(_:flags:)``.
  @inlinable
  public func lookup(_ index: Int, flags: MapFlags = []) throws(BPFError) -> Value? {
    try lookup(key(index), flags: flags)
  }

  /// The value at an index; nil beyond the end.
  @inlinable
  public subscript(index: Int) -> Value? {
    get throws(BPFError) { try lookup(key(index)) }
  }

  /// Sets the value at an index. See ``ValueMap/update(_:to:flags:)``.
  @inlinable
  public func update(_ index: Int, to value: Value, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), to: value, flags: flags)
  }
}

// MARK: - Taking out

/// A typed map whose elements can be taken out: read and deleted with nothing in between.
public protocol DrainableMap<Key>: DeletingMap {}

extension DrainableMap where Self: ValueMap {
  /// Takes an element out: returns its value and deletes it, with nothing in between.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation for values up to 1 KiB. Linux 5.14.
  ///
  /// - Returns: the value, or nil if there was no such key.
  /// - Throws: `BPFError`, as ``ValueMap/lookup(_:flags:)`` and ``DeletingMap/delete(_:)``.
  @inlinable
  public func lookupAndDelete(_ key: Key, flags: MapFlags = []) throws(BPFError) -> Value? {
    let (value, errno) = unsafe keyLayout.withBytes(of: key) { key in
      unsafe valueLayout.decode { unsafe handle.lookupAndDelete(at: key, into: $0, flags) }
    }
    return try handle.outcome(.lookupAndDelete, errno, flags) ? value : nil
  }

  /// Takes all elements out of the map. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> TypedEntries<Key, Value> {
    try TypedEntries(handle.drain(), keyLayout, valueLayout)
  }

  /// Takes all elements out of the map and passes them to a closure, batch by batch, in constant memory.
  /// See `MapHandle.drainBatches(batchSize:_:)`.
  @inlinable
  public func drainBatches(
    batchSize: Int? = nil, _ body: (TypedEntries<Key, Value>) throws(BPFError) -> Void
  ) throws(BPFError) {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.drainBatches(batchSize: batchSize) { (batch) throws(BPFError) in
      try body(TypedEntries(batch, keyLayout, valueLayout))
    }
  }
}
