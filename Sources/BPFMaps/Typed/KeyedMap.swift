//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map whose elements have keys.
public protocol KeyedMap<Key>: TypedMap {
  /// What elements are found by.
  associatedtype Key: BitwiseCopyable

  /// How keys lie in the map.
  var keyLayout: ElementLayout<Key> { get }
}

extension KeyedMap {
  /// Whether the map has a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB.
  ///
  /// - Throws: `BPFError`, as ``MapHandle/contains(_:)-(RawSpan)``.
  @inlinable
  public func contains(_ key: Key) throws(BPFError) -> Bool {
    let errno = unsafe keyLayout.withBytes(of: key) { unsafe handle.find(at: $0) }
    return try handle.outcome(.lookup, errno, [])
  }

  /// All keys, in the kernel's order, read in one sweep. See ``MapHandle/keys()``.
  public func keys() throws(BPFError) -> TypedElements<Key> {
    let keys = try handle.keys()
    return TypedElements(keys.bytes, count: keys.count, keyLayout)
  }

  /// How many elements the map has, counted in one sweep; arrays are always full. See ``MapHandle/count()``.
  public func count() throws(BPFError) -> Int { try handle.count() }
}

// MARK: - Deleting

/// A typed map whose elements can be deleted.
public protocol DeletingMap<Key>: KeyedMap {}

extension DeletingMap {
  /// Deletes a key and its value.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Returns: false if there was no such key.
  /// - Throws: `BPFError`; `BPFError.Code.frozen` and `BPFError.Code.readOnly`.
  @inlinable @discardableResult
  public func delete(_ key: Key) throws(BPFError) -> Bool {
    let errno = unsafe keyLayout.withBytes(of: key) { unsafe handle.delete(at: $0) }
    return try handle.deletionOutcome(errno)
  }

  /// Deletes many keys, in batches where the kernel has them; those that are not there are passed over.
  ///
  /// System calls: one `BPF_MAP_DELETE_BATCH` for each batch, and one more for each key that was not there; without
  /// batches one for each key. Allocations: one buffer.
  ///
  /// - Returns: how many were deleted.
  /// - Throws: `BPFError`, whose `BPFError.processed` says how many were deleted before; they stay deleted.
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
  /// - Returns: how many were deleted.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

// MARK: - By index

/// A typed map whose keys are the indices below ``TypedMap/maxEntries``.
public protocol IndexedMap: KeyedMap where Key == UInt32 {}

extension IndexedMap {
  /// An index as the kernel takes it. One too large or negative becomes the last of all, which no map has: it
  /// fails as any other beyond the end does.
  @inlinable
  func key(_ index: Int) -> UInt32 { UInt32(exactly: index) ?? .max }

  /// Whether there is an element at an index.
  @inlinable
  public func contains(_ index: Int) throws(BPFError) -> Bool { try contains(key(index)) }
}

extension IndexedMap where Self: DeletingMap {
  /// Deletes the element at an index; false if there was none.
  @inlinable @discardableResult
  public func delete(_ index: Int) throws(BPFError) -> Bool { try delete(key(index)) }
}
