//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that has one value for each key.
public protocol ValueMap<Key, Value>: KeyedMap {
  /// The type of the values.
  associatedtype Value: BitwiseCopyable

  /// The layout of values in the map.
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
  ///   - flags: `.lock` to hold the spin lock in the value during the copy. Linux 5.1.
  /// - Returns: the value, or nil if the key is not in the map.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  @inlinable
  public func lookup(_ key: Key, flags: MapFlags = []) throws(BPFError) -> Value? {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe valueLayout.decode { (value) throws(BPFError) in
        try unsafe handle.lookup(at: key, into: value, flags)
      }
    }
  }

  /// The value of a key, or nil if the key is not in the map. See ``lookup(_:flags:)``.
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
  ///   - value: the new value.
  ///   - flags: empty to insert or replace, `.noExist` to insert only, `.exist` to replace only, and `.lock` to hold
  ///     the spin lock in the value during the write.
  /// - Throws: `BPFError`; `.mapFull`, `.outOfBounds` for an index beyond an array's end, `.alreadyExists` with
  ///   `.noExist`, `.notFound` with `.exist`, `.frozen`, `.readOnly`.
  @inlinable
  public func update(_ key: Key, to value: Value, flags: MapFlags = []) throws(BPFError) {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe valueLayout.withBytes(of: value) { (value) throws(BPFError) in
        try unsafe handle.update(at: key, to: value, flags)
      }
    }
  }

  /// Sets the values of many keys, in batches if the kernel supports them.
  ///
  /// The elements are written in order. If one fails, earlier ones stay updated.
  ///
  /// System calls: one `BPF_MAP_UPDATE_BATCH` for each batch. One for each element if the kernel does not support
  /// batches, and with `.noExist` and `.exist`, which it rejects in batches. Allocations: two buffers.
  ///
  /// - Parameters:
  ///   - elements: keys with their values.
  ///   - flags: flags as for a single update.
  /// - Returns: the number of updated keys.
  /// - Throws: `BPFError`, as for a single update, with the number of keys updated before the failure in
  ///   `BPFError.processed`.
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

  /// Sets the values of many keys, given as an array, so that a literal gets the map's types.
  /// See ``update(contentsOf:flags:)``.
  @inlinable @discardableResult
  public func update(contentsOf elements: [(Key, Value)], flags: MapFlags = []) throws(BPFError) -> Int {
    try update(contentsOf: elements.lazy.map { $0 }, flags: flags)
  }

  /// Sets the values of many keys, given as a dictionary or as another map's entries, for example.
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
  /// Returns all elements, in the kernel's order, read in one sweep.
  ///
  /// See ``MapSweep`` for the guarantees while the map changes. The result holds all elements in memory;
  /// `forEachBatch(batchSize:flags:_:)` holds one batch.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch. A few allocations in total.
  ///
  /// - Parameter flags: `.lock` to hold the spin lock in each value during the copy.
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries(flags: MapFlags = []) throws(BPFError) -> TypedEntries<Key, Value> {
    try TypedEntries(handle.entries(flags: flags), keyLayout, valueLayout)
  }

  /// Returns all values, in the order of ``KeyedMap/keys()``, read in one sweep. See ``entries(flags:)``.
  public func values(flags: MapFlags = []) throws(BPFError) -> TypedElements<Value> {
    try entries(flags: flags).values
  }

  /// Passes all elements to a closure, batch by batch.
  ///
  /// See ``MapSweep`` for the guarantees while the map changes.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch. Allocations: two buffers, once.
  ///
  /// - Parameters:
  ///   - batchSize: the number of elements to read at a time; the default depends on their size.
  ///   - flags: `.lock` to hold the spin lock in each value during the copy.
  ///   - body: a closure that receives each batch, which has at least one element. Keeping a batch costs its memory.
  /// - Throws: `BPFError`, as ``MapSweep/next()``, and the errors of `body`.
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
  /// Looks up the value at an index. Returns nil beyond the end. See ``ValueMap/lookup(_:flags:)``.
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

// MARK: - Look-up and delete

/// A typed map that supports atomic look-up and delete.
public protocol DrainableMap<Key>: DeletingMap {}

extension DrainableMap where Self: ValueMap {
  /// Looks up and deletes an element atomically.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation for values up to 1 KiB. Linux 5.14.
  ///
  /// - Returns: the value, or nil if the key was not in the map.
  /// - Throws: `BPFError`, as ``ValueMap/lookup(_:flags:)`` and ``DeletingMap/delete(_:)``.
  @inlinable
  public func lookupAndDelete(_ key: Key, flags: MapFlags = []) throws(BPFError) -> Value? {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe valueLayout.decode { (value) throws(BPFError) in
        try unsafe handle.lookupAndDelete(at: key, into: value, flags)
      }
    }
  }

  /// Looks up and deletes all elements. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> TypedEntries<Key, Value> {
    try TypedEntries(handle.drain(), keyLayout, valueLayout)
  }

  /// Looks up and deletes all elements, and passes them to a closure, batch by batch, in constant memory.
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
