//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that has a value of each key for each possible CPU.
///
/// Programs write the value of their own CPU, without a lock. User space reads the values of all CPUs, one after
/// another, while programs may keep writing.
public protocol PerCPUMap<Key, Value>: KeyedMap {
  /// The type of one CPU's value.
  associatedtype Value: BitwiseCopyable

  /// The layout of a value in its slot.
  var valueLayout: ElementLayout<Value> { get }
}

// MARK: - Look-up

extension PerCPUMap {
  /// Looks up the values of a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation if the values of all CPUs take up to 64 bytes, otherwise
  /// one. The form that reuses existing values does not allocate.
  ///
  /// - Returns: a value for each possible CPU, or nil if the key is not in the map.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  @inlinable
  public func lookup(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    guard fitsInline(handle.valueStride) else { return try lookupLarge(key) }
    var words = InlineWords.zero
    let found = try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe withUnsafeMutableBytes(of: &words) { (slots) throws(BPFError) in
        try unsafe handle.lookup(at: key, into: slots.baseAddress, [])
      }
    }
    return found ? PerCPUValues(words, of: handle, valueLayout) : nil
  }

  /// Looks up the values of a key, reusing existing values.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation if `values` comes from an earlier look-up in this map and
  /// is not shared.
  ///
  /// - Returns: whether the key is in the map. If it is not, `values` keeps the values of earlier look-ups in this
  ///   map.
  /// - Throws: `BPFError`, as ``lookup(_:)``.
  @inlinable
  public func lookup(_ key: Key, into values: inout PerCPUValues<Value>) throws(BPFError) -> Bool {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe values.fill(handle.valuesPerElement, valueLayout) { (slots) throws(BPFError) in
        try unsafe handle.lookup(at: key, into: slots, [])
      }
    }
  }

  @inlinable @inline(never)
  func lookupLarge(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    var values = PerCPUValues<Value>()
    return try lookup(key, into: &values) ? values : nil
  }

  /// The values of a key, or nil if the key is not in the map. See ``lookup(_:)``.
  @inlinable
  public subscript(key: Key) -> PerCPUValues<Value>? {
    get throws(BPFError) { try lookup(key) }
  }
}

// MARK: - Update

extension PerCPUMap {
  /// Sets the values of a key, one for each possible CPU.
  ///
  /// Overwrites the changes that programs made since the values were looked up.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation if the values of all CPUs take up to 1 KiB.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - values: one value for each possible CPU, in the order of `PossibleCPUs.ids`.
  ///   - flags: empty to insert or replace, `.noExist` to insert only, `.exist` to replace only.
  /// - Throws: `BPFError`, as ``ValueMap/update(_:to:flags:)``, and `.wrongSize` for another number of values.
  @inlinable
  public func update(
    _ key: Key, to values: some Collection<Value>, flags: MapFlags = []
  ) throws(BPFError) {
    try handle.checkValueCount(values.count)
    try unsafe updateSlots(key, flags) { slots in unsafe encode(values, into: slots) }
  }

  /// Sets the value of a key to the same value on every CPU. See ``update(_:to:flags:)``.
  @inlinable
  public func update(_ key: Key, toAll value: Value, flags: MapFlags = []) throws(BPFError) {
    let (count, layout) = (handle.valuesPerElement, valueLayout)
    try unsafe updateSlots(key, flags) { slots in
      for index in 0..<count { unsafe layout.encode(value, inSlot: index, of: slots) }
    }
  }

  /// Sets the values of many keys, in batches if the kernel supports them.
  /// See ``ValueMap/update(contentsOf:flags:)-fjxt``.
  ///
  /// - Parameters:
  ///   - elements: keys, each with a value for each possible CPU.
  ///   - flags: flags as for a single update.
  /// - Returns: the number of updated keys.
  /// - Throws: `BPFError`, as for a single update, with the number of keys updated before the failure in
  ///   `BPFError.processed`.
  @inlinable @discardableResult
  public func update<Values: Collection<Value>>(
    contentsOf elements: some Sequence<(Key, Values)>, flags: MapFlags = []
  ) throws(BPFError) -> Int {
    var batch = WriteBatch(updating: handle, expected: elements.underestimatedCount)
    for (key, values) in elements {
      do throws(BPFError) {
        try handle.checkValueCount(values.count)
      } catch {
        // Write the earlier elements first, so that they count as processed.
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

  /// Sets the values of many keys, given as an array, so that a literal gets the map's types.
  /// See ``update(contentsOf:flags:)``.
  @inlinable @discardableResult
  public func update(contentsOf elements: [(Key, [Value])], flags: MapFlags = []) throws(BPFError) -> Int {
    try update(contentsOf: elements.lazy.map { $0 }, flags: flags)
  }

  /// Updates an element whose slots `encode` writes. The slots are zero before.
  @inlinable @inline(__always)
  func updateSlots(
    _ key: Key, _ flags: MapFlags, _ encode: (UnsafeMutableRawPointer) -> Void
  ) throws(BPFError) {
    guard fitsInline(handle.valueStride) else { return try unsafe updateLarge(key, flags, encode) }
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      var words = InlineWords.zero
      try unsafe withUnsafeMutableBytes(of: &words) { (slots) throws(BPFError) in
        let address = unsafe slots.baseAddress.unsafelyUnwrapped
        unsafe encode(address)
        try unsafe handle.update(at: key, to: address, flags)
      }
    }
  }

  @inlinable @inline(never)
  func updateLarge(
    _ key: Key, _ flags: MapFlags, _ encode: (UnsafeMutableRawPointer) -> Void
  ) throws(BPFError) {
    try unsafe withUnsafeTemporaryAllocation(byteCount: handle.valueStride, alignment: 16) {
      (slots) throws(BPFError) in
      unsafe slots.initializeMemory(as: UInt8.self, repeating: 0)
      let address = unsafe slots.baseAddress.unsafelyUnwrapped
      unsafe encode(address)
      try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
        try unsafe handle.update(at: key, to: address, flags)
      }
    }
  }

  /// Writes values to the slots of an element, at most as many as there are slots.
  @inlinable
  func encode(_ values: some Collection<Value>, into slots: UnsafeMutableRawPointer) {
    for (index, value) in zip(0..<handle.valuesPerElement, values) {
      unsafe valueLayout.encode(value, inSlot: index, of: slots)
    }
  }
}

// MARK: - All elements

extension PerCPUMap {
  /// Returns all elements, in the kernel's order, read in one sweep. See ``ValueMap/entries(flags:)``.
  public func entries() throws(BPFError) -> PerCPUEntries<Key, Value> {
    try PerCPUEntries(handle.entries(), keyLayout, valueLayout)
  }

  /// Returns all values, in the order of ``KeyedMap/keys()``, read in one sweep. Each element's values are a
  /// collection. See ``entries()``.
  public func values() throws(BPFError) -> some RandomAccessCollection<PerCPUValues<Value>> & Sendable {
    try entries().values
  }

  /// Passes all elements to a closure, batch by batch.
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

// MARK: - Look-up and delete

extension DrainableMap where Self: PerCPUMap {
  /// Looks up and deletes an element, and returns its values.
  ///
  /// A program on another CPU may still write to a value that it looked up before. Such a write is lost.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation if the values of all CPUs take up to 64 bytes,
  /// otherwise one. Linux 5.14.
  ///
  /// - Returns: a value for each possible CPU, or nil if the key was not in the map.
  /// - Throws: `BPFError`, as ``PerCPUMap/lookup(_:)`` and ``DeletingMap/delete(_:)``.
  @inlinable
  public func lookupAndDelete(_ key: Key) throws(BPFError) -> PerCPUValues<Value>? {
    var values = PerCPUValues<Value>()
    let found = try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe values.fill(handle.valuesPerElement, valueLayout) { (slots) throws(BPFError) in
        try unsafe handle.lookupAndDelete(at: key, into: slots, [])
      }
    }
    return found ? values : nil
  }

  /// Looks up and deletes all elements. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> PerCPUEntries<Key, Value> {
    try PerCPUEntries(handle.drain(), keyLayout, valueLayout)
  }
}

// MARK: - By index

extension IndexedMap where Self: PerCPUMap {
  /// Looks up the values at an index. Returns nil beyond the end. See ``PerCPUMap/lookup(_:)``.
  @inlinable
  public func lookup(_ index: Int) throws(BPFError) -> PerCPUValues<Value>? { try lookup(key(index)) }

  /// Looks up the values at an index, reusing existing values. See ``PerCPUMap/lookup(_:into:)``.
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

  /// Sets the value at an index to the same value on every CPU. See ``PerCPUMap/update(_:toAll:flags:)``.
  @inlinable
  public func update(_ index: Int, toAll value: Value, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), toAll: value, flags: flags)
  }
}
