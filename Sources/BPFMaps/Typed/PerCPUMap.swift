//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that has a value of each key for each possible CPU.
///
/// Programs write the value of the CPU they run on, without a lock; user space reads them all, one CPU after the
/// other, while programs go on.
public protocol PerCPUMap<Key, Value>: KeyedMap {
  /// What one CPU's slot of an element holds.
  associatedtype Value: BitwiseCopyable

  /// How a value lies in its slot.
  var valueLayout: ElementLayout<Value> { get }
}

// MARK: - Look-up

extension PerCPUMap {
  /// Looks up the values of a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for up to 64 bytes for all CPUs, one for more; none in the
  /// form that looks up into existing values.
  ///
  /// - Returns: a value for each possible CPU, or nil if there is no such key.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  @inlinable
  public func lookup(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    guard isSmall(handle.valueStride) else { return try lookupLarge(key) }
    let (words, errno) = unsafe keyLayout.withBytes(of: key) { key in
      unsafe PerCPUValues<Value>.readWords { unsafe handle.lookup(at: key, into: $0, []) }
    }
    return try handle.outcome(.lookup, errno, []) ? PerCPUValues(words, of: handle, valueLayout) : nil
  }

  /// Looks up the values of a key into values that are there.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation if `values` were looked up in this map before and are
  /// not shared.
  ///
  /// - Returns: whether there is such a key. If not, what is in `values` is left alone, unless there was nothing.
  /// - Throws: `BPFError`, as ``lookup(_:)``.
  @inlinable
  public func lookup(_ key: Key, into values: inout PerCPUValues<Value>) throws(BPFError) -> Bool {
    let errno = unsafe keyLayout.withBytes(of: key) { key in
      unsafe values.fill(handle.valuesPerElement, valueLayout) { unsafe handle.lookup(at: key, into: $0, []) }
    }
    return try handle.outcome(.lookup, errno, [])
  }

  @inlinable @inline(never)
  func lookupLarge(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    var values = PerCPUValues<Value>()
    return try lookup(key, into: &values) ? values : nil
  }

  /// The values of a key, or nil if there is no such key. See ``lookup(_:)``.
  @inlinable
  public subscript(key: Key) -> PerCPUValues<Value>? {
    get throws(BPFError) { try lookup(key) }
  }
}

// MARK: - Update

extension PerCPUMap {
  /// Sets the values of a key, one for each possible CPU.
  ///
  /// What programs wrote since the values were looked up is lost.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation for up to 1 KiB for all CPUs.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - values: as many values as there are possible CPUs, in the order of `PossibleCPUs.ids`.
  ///   - flags: none to insert or replace, `.noExist` only to insert, `.exist` only to replace.
  /// - Throws: `BPFError`, as ``ValueMap/update(_:to:flags:)``, and `BPFError.Code.wrongSize` for another number of
  ///   values.
  @inlinable
  public func update(
    _ key: Key, to values: some Collection<Value>, flags: MapFlags = []
  ) throws(BPFError) {
    try handle.checkValueCount(values.count)
    try unsafe updateSlots(key, flags) { slots in unsafe encode(values, into: slots) }
  }

  /// Sets the value of a key to the same on every CPU. See ``update(_:to:flags:)``.
  @inlinable
  public func update(_ key: Key, toAll value: Value, flags: MapFlags = []) throws(BPFError) {
    let (count, layout) = (handle.valuesPerElement, valueLayout)
    try unsafe updateSlots(key, flags) { slots in
      for index in 0..<count { unsafe layout.encode(value, inSlot: index, of: slots) }
    }
  }

  /// Sets the values of many keys, in batches where the kernel has them.
  /// See ``ValueMap/update(contentsOf:flags:)-fjxt``.
  ///
  /// - Parameters:
  ///   - elements: keys with a value for each possible CPU.
  ///   - flags: as for a single update.
  /// - Returns: how many were written.
  /// - Throws: `BPFError`, as a single update; its `BPFError.processed` says how many were written before.
  @inlinable @discardableResult
  public func update<Values: Collection<Value>>(
    contentsOf elements: some Sequence<(Key, Values)>, flags: MapFlags = []
  ) throws(BPFError) -> Int {
    var batch = WriteBatch(updating: handle, expected: elements.underestimatedCount)
    for (key, values) in elements {
      do throws(BPFError) {
        try handle.checkValueCount(values.count)
      } catch {
        // Those before it come first, and count.
        try batch.update(flags)
        throw batch.after(error)
      }
      unsafe batch.append { keyBytes, slots in
        unsafe keyLayout.encode(key, into: keyBytes)
        unsafe encode(values, into: slots.baseAddress.unsafelyUnwrapped)
      }
      if batch.isFull { try batch.update(flags) }
    }
    try batch.update(flags)
    return batch.processed
  }

  /// Sets the values of many keys, given as an array, of which a literal takes the map's types.
  /// See ``update(contentsOf:flags:)``.
  @inlinable @discardableResult
  public func update(contentsOf elements: [(Key, [Value])], flags: MapFlags = []) throws(BPFError) -> Int {
    try update(contentsOf: elements.lazy.map { $0 }, flags: flags)
  }

  /// Updates an element whose slots `encode` writes. They are zeros before.
  @inlinable @inline(__always)
  func updateSlots(
    _ key: Key, _ flags: MapFlags, _ encode: (UnsafeMutableRawPointer) -> Void
  ) throws(BPFError) {
    guard isSmall(handle.valueStride) else { return try unsafe updateLarge(key, flags, encode) }
    let errno = unsafe keyLayout.withBytes(of: key) { key in
      var words = FewWords.zero
      return unsafe withUnsafeMutableBytes(of: &words) { slots in
        let address = unsafe slots.baseAddress.unsafelyUnwrapped
        unsafe encode(address)
        return unsafe handle.update(at: key, to: UnsafeRawPointer(address), flags)
      }
    }
    if errno != 0 { throw handle.elementFailure(.update, errno, flags) }
  }

  @inlinable @inline(never)
  func updateLarge(
    _ key: Key, _ flags: MapFlags, _ encode: (UnsafeMutableRawPointer) -> Void
  ) throws(BPFError) {
    let errno = unsafe withUnsafeTemporaryAllocation(byteCount: handle.valueStride, alignment: 16) { slots in
      unsafe slots.initializeMemory(as: UInt8.self, repeating: 0)
      let address = unsafe slots.baseAddress.unsafelyUnwrapped
      unsafe encode(address)
      return unsafe keyLayout.withBytes(of: key) { key in
        unsafe handle.update(at: key, to: UnsafeRawPointer(address), flags)
      }
    }
    if errno != 0 { throw handle.elementFailure(.update, errno, flags) }
  }

  /// Writes values into the slots of an element, at most as many as there are slots.
  @inlinable
  func encode(_ values: some Collection<Value>, into slots: UnsafeMutableRawPointer) {
    for (index, value) in zip(0..<handle.valuesPerElement, values) {
      unsafe valueLayout.encode(value, inSlot: index, of: slots)
    }
  }
}

// MARK: - All elements

extension PerCPUMap {
  /// All elements, in the kernel's order, read in one sweep. See ``ValueMap/entries(flags:)``.
  public func entries() throws(BPFError) -> PerCPUEntries<Key, Value> {
    try PerCPUEntries(handle.entries(), keyLayout, valueLayout)
  }

  /// All values, in the order of ``KeyedMap/keys()``, read in one sweep: those of each element are a collection.
  /// See ``entries()``.
  public func values() throws(BPFError) -> some RandomAccessCollection<PerCPUValues<Value>> & Sendable {
    try entries().values
  }

  /// Passes all elements to a closure, batch by batch, in constant memory.
  /// See `ValueMap.forEachBatch(batchSize:flags:_:)`.
  @inlinable
  public func forEachBatch(
    batchSize: Int? = nil, _ body: (PerCPUEntries<Key, Value>) throws(BPFError) -> Void
  ) throws(BPFError) {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.forEachBatch(batchSize: batchSize) { (batch) throws(BPFError) in
      try body(PerCPUEntries(batch, keyLayout, valueLayout))
    }
  }
}

// MARK: - Taking out

extension DrainableMap where Self: PerCPUMap {
  /// Takes an element out: returns its values and deletes it.
  ///
  /// A program on another CPU may still write a value it found before; such a write is lost.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation for up to 64 bytes for all CPUs, one
  /// for more. Linux 5.14.
  ///
  /// - Returns: a value for each possible CPU, or nil if there was no such key.
  /// - Throws: `BPFError`, as ``PerCPUMap/lookup(_:)`` and ``DeletingMap/delete(_:)``.
  @inlinable
  public func lookupAndDelete(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    var values = PerCPUValues<Value>()
    let errno = unsafe keyLayout.withBytes(of: key) { key in
      unsafe values.fill(handle.valuesPerElement, valueLayout) {
        unsafe handle.lookupAndDelete(at: key, into: $0, [])
      }
    }
    return try handle.outcome(.lookupAndDelete, errno, []) ? values : nil
  }

  /// Takes all elements out of the map. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> PerCPUEntries<Key, Value> {
    try PerCPUEntries(handle.drain(), keyLayout, valueLayout)
  }
}

// MARK: - By index

extension IndexedMap where Self: PerCPUMap {
  /// Looks up the values at an index; nil beyond the end. See ``PerCPUMap/lookup(_:)``.
  @inlinable
  public func lookup(_ index: Int) throws(BPFError) -> PerCPUValues<Value>? { try lookup(key(index)) }

  /// Looks up the values at an index into values that are there. See ``PerCPUMap/lookup(_:into:)``.
  @inlinable
  public func lookup(_ index: Int, into values: inout PerCPUValues<Value>) throws(BPFError) -> Bool {
    try lookup(key(index), into: &values)
  }

  /// The values at an index; nil beyond the end.
  @inlinable
  public subscript(index: Int) -> PerCPUValues<Value>? {
    get throws(BPFError) { try lookup(key(index)) }
  }

  /// Sets the values at an index. See ``PerCPUMap/update(_:to:flags:)``.
  @inlinable
  public func update(_ index: Int, to values: some Collection<Value>, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), to: values, flags: flags)
  }

  /// Sets the value at an index to the same on every CPU. See ``PerCPUMap/update(_:toAll:flags:)``.
  @inlinable
  public func update(_ index: Int, toAll value: Value, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), toAll: value, flags: flags)
  }
}
