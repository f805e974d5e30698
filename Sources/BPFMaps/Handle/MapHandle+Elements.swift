//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Each function here makes one system call. The `RawSpan` forms do not allocate, except where they return an array.

// MARK: - Look-up

extension MapHandle {
  /// Looks up the value of a key.
  ///
  /// In maps that hold objects, the value is the kernel's representation of the object: the id of a program or map, or
  /// the cookie of a socket if values have 8 bytes. For queues and stacks, this peeks at the next element.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. One allocation, the result. Linux 3.19; with `.lock` 5.1, with `.cpu(_:)`
  /// 7.0.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes; empty for maps without keys.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy; for a per-CPU map `.cpu(_:)`.
  /// - Returns: ``valueSize`` bytes, or nil if the key is not in the map.
  /// - Throws: `BPFError`; `.wrongSize` for a key of another size, `.wrongCall` for a Bloom filter, or a per-CPU map
  ///   without `.cpu(_:)`, `.outOfBounds` if there is no such CPU, `.writeOnly` if the handle may not read,
  ///   `.unsupported` if user space cannot read maps of this type.
  public func lookup(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try checkPlain(.lookup, flags, insteadUse: "lookupPerCPU")
    if type == .bloomFilter { throw filterLookup() }
    try checkKey(.lookup, key)
    return try collectValue(.lookup, key, flags)
  }

  /// Looks up the value of a key, given as an array. See ``lookup(_:flags:)-(RawSpan,_)``.
  @inlinable
  public func lookup(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try unsafe lookup(key.span.bytes, flags: flags)
  }

  /// Copies the value of a key into a buffer.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 3.19; with `.lock` 5.1, with `.cpu(_:)` 7.0.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes; empty for maps without keys.
  ///   - value: a buffer of ``valueSize`` bytes, unchanged if the key is not in the map.
  ///   - flags: as for ``lookup(_:flags:)-(RawSpan,_)``.
  /// - Returns: whether the key is in the map.
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)``, and `.wrongSize` for a buffer of another size.
  public func lookup(
    _ key: RawSpan, into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPlain(.lookup, flags, insteadUse: "lookupPerCPU")
    if type == .bloomFilter { throw filterLookup() }
    try checkKey(.lookup, key)
    try checkValue(.lookup, value.byteCount)
    return try unsafe value.withUnsafeMutableBytes { (value) throws(BPFError) in
      try unsafe read(.lookup, key, into: value, flags)
    }
  }

  /// Copies the value of a key, given as an array, into a buffer.
  /// See ``lookup(_:into:flags:)-(RawSpan,_,_)``.
  @inlinable
  public func lookup(
    _ key: [UInt8], into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try unsafe lookup(key.span.bytes, into: &value, flags: flags)
  }

  /// Returns whether the map contains a key.
  ///
  /// For a Bloom filter, `key` is a value of ``valueSize`` bytes: `true` means that it may have been added, `false`
  /// that it was not. For queues and stacks, with an empty key, returns whether there is an element.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB. Linux 3.19.
  ///
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)``, except that per-CPU maps and Bloom filters are
  ///   allowed.
  public func contains(_ key: RawSpan) throws(BPFError) -> Bool {
    let isFilter = type == .bloomFilter
    if isFilter { try checkValue(.lookup, key.byteCount) } else { try checkKey(.lookup, key) }
    return try unsafe withTemporaryBytes(valueStride) { (value) throws(BPFError) in
      guard isFilter else { return try unsafe read(.lookup, key, into: value, []) }
      unsafe key.withUnsafeBytes { unsafe value.copyMemory(from: $0) }
      return try unsafe read(.lookup, RawSpan(), into: value, [])
    }
  }

  /// Returns whether the map contains a key, given as an array. See ``contains(_:)-(RawSpan)``.
  @inlinable
  public func contains(_ key: [UInt8]) throws(BPFError) -> Bool { try unsafe contains(key.span.bytes) }
}

extension MapHandle {
  @inline(never)
  private func filterLookup() -> BPFError {
    failure(.lookup, .wrongCall, nil, "a Bloom filter returns no values: use contains")
  }
}

// MARK: - Update

extension MapHandle {
  /// Sets the value of a key.
  ///
  /// In maps that hold objects, the value is a descriptor of the object. For queues and stacks, with an empty key,
  /// this pushes the value; for Bloom filters it adds the value.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 3.19; with `.lock` 5.1, with `.cpu(_:)` or
  /// `.allCPUs` 7.0.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes; empty for maps without keys.
  ///   - value: the value, ``valueSize`` bytes.
  ///   - flags: empty to insert or replace, `.noExist` to insert only, `.exist` to replace only, and `.lock` to hold
  ///     the spin lock in the value during the write; for a per-CPU map only `.cpu(_:)` or `.allCPUs`. The other CPUs'
  ///     values of a key that `.cpu(_:)` inserts are zero.
  /// - Throws: `BPFError`; `.mapFull`, `.outOfBounds` for an index beyond an array's end, `.alreadyExists` with
  ///   `.noExist`, `.notFound` with `.exist`, `.frozen`, `.readOnly`, `.wrongSize` for a key or value of another size,
  ///   `.wrongCall` for a per-CPU map without a flag for CPUs.
  public func update(_ key: RawSpan, to value: RawSpan, flags: MapFlags = []) throws(BPFError) {
    try checkPlain(.update, flags, insteadUse: "updatePerCPU")
    if flags.hasOneValue { try checkUnconditional(flags) }
    try checkKey(.update, key)
    try checkValue(.update, value.byteCount)
    try unsafe value.withUnsafeBytes { (value) throws(BPFError) in
      try unsafe write(key, value, flags)
    }
  }

  /// Sets the value of a key, both given as arrays. See ``update(_:to:flags:)-(RawSpan,_,_)``.
  @inlinable
  public func update(_ key: [UInt8], to value: [UInt8], flags: MapFlags = []) throws(BPFError) {
    try unsafe update(key.span.bytes, to: value.span.bytes, flags: flags)
  }
}

extension MapHandle {
  /// Sets the inner map of a key, in a map of maps.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. Linux 4.12.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - inner: a map that fits the template. It may be released afterwards.
  ///   - flags: as of ``update(_:to:flags:)-(RawSpan,_,_)``.
  /// - Throws: `BPFError`; `.wrongCall` if this map does not hold maps; otherwise as
  ///   ``update(_:to:flags:)-(RawSpan,_,_)``.
  public func update(_ key: [UInt8], to inner: MapHandle, flags: MapFlags = []) throws(BPFError) {
    guard type.facts.holdsMaps else {
      throw failure(.update, .wrongCall, nil, "\(type.withArticle) map does not hold maps")
    }
    try update(key, to: [UInt8](number: inner.descriptor.rawValue), flags: flags)
    withExtendedLifetime(inner) {}
  }
}

// MARK: - Delete

extension MapHandle {
  /// Deletes a key and its value.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation. Linux 3.19.
  ///
  /// - Parameter key: the key, ``keySize`` bytes.
  /// - Returns: false if the key was not in the map. Devmaps, cpumaps and xskmaps cannot tell, and return true for
  ///   every index below their end.
  /// - Throws: `BPFError`; `.unsupported` for types that cannot delete elements, such as arrays; `.frozen`,
  ///   `.readOnly`, `.wrongSize`.
  @discardableResult
  public func delete(_ key: RawSpan) throws(BPFError) -> Bool {
    try checkKey(.delete, key)
    return try unsafe key.withUnsafeBytes { (key) throws(BPFError) in
      try unsafe delete(at: address(ofKey: key))
    }
  }

  /// Deletes a key, given as an array, and its value. See ``delete(_:)-(RawSpan)``.
  @inlinable @discardableResult
  public func delete(_ key: [UInt8]) throws(BPFError) -> Bool { try unsafe delete(key.span.bytes) }
}

// MARK: - Look-up and delete

extension MapHandle {
  /// Looks up and deletes an element atomically.
  ///
  /// For queues and stacks, with an empty key, this pops an element.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. One allocation, the result. Linux 4.20 for queues and
  /// stacks, 5.14 for hashes.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes; empty for maps without keys.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: ``valueSize`` bytes, or nil if the key was not in the map.
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)`` and ``delete(_:)-(RawSpan)``.
  public func lookupAndDelete(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try checkPlain(.lookupAndDelete, [], insteadUse: "lookupAndDeletePerCPU")
    try checkKey(.lookupAndDelete, key)
    return try collectValue(.lookupAndDelete, key, flags)
  }

  /// Looks up and deletes an element by a key given as an array. See ``lookupAndDelete(_:flags:)-(RawSpan,_)``.
  @inlinable
  public func lookupAndDelete(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try unsafe lookupAndDelete(key.span.bytes, flags: flags)
  }

  /// Looks up and deletes an element, and copies its value into a buffer. See
  /// ``lookupAndDelete(_:flags:)-(RawSpan,_)``.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes; empty for maps without keys.
  ///   - value: a buffer of ``valueSize`` bytes.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: whether the key was in the map.
  public func lookupAndDelete(
    _ key: RawSpan, into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPlain(.lookupAndDelete, [], insteadUse: "lookupAndDeletePerCPU")
    try checkKey(.lookupAndDelete, key)
    try checkValue(.lookupAndDelete, value.byteCount)
    return try unsafe value.withUnsafeMutableBytes { (value) throws(BPFError) in
      try unsafe read(.lookupAndDelete, key, into: value, flags)
    }
  }

  /// Looks up and deletes an element by a key given as an array, and copies its value into a buffer.
  /// See ``lookupAndDelete(_:into:flags:)-(RawSpan,_,_)``.
  @inlinable
  public func lookupAndDelete(
    _ key: [UInt8], into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try unsafe lookupAndDelete(key.span.bytes, into: &value, flags: flags)
  }
}

// MARK: - Next key

extension MapHandle {
  /// Returns the key after a given key, in the map's order.
  ///
  /// If the given key is not in the map, for example because it was deleted, the kernel returns the first key. A loop
  /// that deletes keys, or runs while a program deletes, may see keys twice or never end. Use ``keys()`` to read all
  /// keys.
  ///
  /// System calls: one, `BPF_MAP_GET_NEXT_KEY`. One allocation, the result. Linux 3.19, without a key 4.12.
  ///
  /// - Parameter key: a key, ``keySize`` bytes, or nil for the first key.
  /// - Returns: ``keySize`` bytes, or nil after the last key.
  /// - Throws: `BPFError`; `.unsupported` for maps without key iteration, `.writeOnly`, `.wrongSize`.
  @_disfavoredOverload
  public func nextKey(after key: RawSpan?) throws(BPFError) -> [UInt8]? {
    if let key { try checkKey(.nextKey, key) }
    return try unsafe collect(keySize) { (next) throws(BPFError) in
      guard let key else { return try unsafe nextKey(after: nil, into: next.baseAddress) }
      return try unsafe key.withUnsafeBytes { (key) throws(BPFError) in
        try unsafe nextKey(after: key.baseAddress, into: next.baseAddress)
      }
    }
  }

  /// Returns the key after a given key, given as an array. See ``nextKey(after:)-(RawSpan?)``.
  public func nextKey(after key: [UInt8]?) throws(BPFError) -> [UInt8]? {
    guard let key else { return try nextKey(after: RawSpan?.none) }
    return try unsafe nextKey(after: key.span.bytes)
  }
}
