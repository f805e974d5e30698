//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map with keys.
public protocol KeyedMap<Key>: TypedMap {
  /// The type of the keys.
  associatedtype Key: BitwiseCopyable

  /// The layout of keys in the map.
  var keyLayout: ElementLayout<Key> { get }
}

extension KeyedMap {
  /// Returns whether the map contains a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB.
  ///
  /// - Throws: `BPFError`, as ``MapHandle/contains(_:)-(RawSpan)``.
  @inlinable
  public func contains(_ key: Key) throws(BPFError) -> Bool {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in try unsafe handle.contains(at: key) }
  }

  /// Returns all keys, in the kernel's order, read in one sweep. See ``MapHandle/keys()``.
  public func keys() throws(BPFError) -> TypedElements<Key> {
    let keys = try handle.keys()
    return TypedElements(keys.bytes, count: keys.count, keyLayout)
  }

  /// Returns the number of elements, counted in one sweep; arrays are always full. See ``MapHandle/count()``.
  public func count() throws(BPFError) -> Int { try handle.count() }
}

// MARK: - Deleting

/// A typed map that supports deleting elements.
public protocol DeletingMap<Key>: KeyedMap {}

extension DeletingMap {
  /// Deletes a key and its value.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Returns: false if the key was not in the map.
  /// - Throws: `BPFError`; `.frozen` and `.readOnly`.
  @inlinable @discardableResult
  public func delete(_ key: Key) throws(BPFError) -> Bool {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in try unsafe handle.delete(at: key) }
  }

  /// Deletes many keys, in batches if the kernel supports them. Skips missing keys.
  ///
  /// System calls: one `BPF_MAP_DELETE_BATCH` for each batch, and one more for each missing key; without batches one
  /// for each key. Allocations: one buffer.
  ///
  /// - Returns: the number of deleted keys.
  /// - Throws: `BPFError`, with the number of keys deleted before the failure in `BPFError.processed`; they stay
  ///   deleted.
  @inlinable @discardableResult
  public func deleteAll(_ keys: some Sequence<Key>) throws(BPFError) -> Int {
    var batch = WriteBatch(deletingFrom: handle, expected: keys.underestimatedCount)
    for key in keys {
      unsafe batch.append { bytes, _ in unsafe keyLayout.encode(key, into: bytes) }
      if batch.isFull { try batch.delete() }
    }
    try batch.delete()
    return batch.processed
  }

  /// Deletes all elements. See ``MapHandle/deleteAll()``.
  ///
  /// - Returns: the number of deleted elements.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

// MARK: - By index

/// A typed map whose keys are the indices below ``TypedMap/maxEntries``.
public protocol IndexedMap: KeyedMap where Key == UInt32 {}

extension IndexedMap {
  /// Returns an index as the kernel's key. Negative or too large indices become the largest number, which is beyond
  /// the end of every map, so that they fail like other indices beyond the end.
  @inlinable
  func key(_ index: Int) -> UInt32 { UInt32(exactly: index) ?? .max }

  /// Returns whether there is an element at an index.
  @inlinable
  public func contains(_ index: Int) throws(BPFError) -> Bool { try contains(key(index)) }
}

extension IndexedMap where Self: DeletingMap {
  /// Deletes the element at an index. Returns false if there was none.
  @inlinable @discardableResult
  public func delete(_ index: Int) throws(BPFError) -> Bool { try delete(key(index)) }
}
