//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Every call here is one system call. The `RawSpan` forms allocate nothing; a form that returns `[UInt8]`
// allocates that array.

// MARK: - Look-up

extension MapHandle {
  /// Looks up the value of a key.
  ///
  /// For maps that hold objects the value is what the kernel shows of them: the id of a program or map, the
  /// cookie of a socket if the map's values have 8 bytes. For queues and stacks it is the element that would be
  /// taken next, which stays.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. One allocation, the result. Linux 3.19; with `.lock` 5.1.
  ///
  /// - Parameters:
  ///   - key: ``keySize`` bytes; empty for maps without keys.
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied.
  /// - Returns: ``valueSize`` bytes, or nil if there is no such key.
  /// - Throws: `BPFError`. `BPFError.Code.wrongSize` for a key of another size, `BPFError.Code.wrongCall`
  ///   for a per-CPU map or a Bloom filter, `BPFError.Code.writeOnly` if the handle may not read,
  ///   `BPFError.Code.unsupported` if maps of this type cannot be read from user space.
  public func lookup(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try checkPlain(.lookup, insteadUse: "lookupPerCPU")
    if type == .bloomFilter { throw filterLookup() }
    try checkKey(.lookup, key)
    return try collectValue(.lookup, .lookup, key, flags)
  }

  /// Looks up the value of a key, given as an array. See ``lookup(_:flags:)-(RawSpan,_)``.
  @inlinable
  public func lookup(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try unsafe lookup(key.span.bytes, flags: flags)
  }

  /// Looks up the value of a key into a buffer.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 3.19; with `.lock` 5.1.
  ///
  /// - Parameters:
  ///   - key: ``keySize`` bytes; empty for maps without keys.
  ///   - value: a buffer of ``valueSize`` bytes. It is left as it was if there is no such key.
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied.
  /// - Returns: whether there is such a key.
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)``, and `BPFError.Code.wrongSize` for a buffer of
  ///   another size.
  public func lookup(
    _ key: RawSpan, into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPlain(.lookup, insteadUse: "lookupPerCPU")
    if type == .bloomFilter { throw filterLookup() }
    try checkKey(.lookup, key)
    try checkValue(.lookup, value.byteCount)
    return try unsafe value.withUnsafeMutableBytes { (value) throws(BPFError) in
      try unsafe read(.lookup, .lookup, key, into: value, flags)
    }
  }

  /// Looks up the value of a key, given as an array, into a buffer.
  /// See ``lookup(_:into:flags:)-(RawSpan,_,_)``.
  @inlinable
  public func lookup(
    _ key: [UInt8], into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try unsafe lookup(key.span.bytes, into: &value, flags: flags)
  }

  /// Whether the map has a key.
  ///
  /// For a Bloom filter, `key` is the value to ask for, ``valueSize`` bytes, and `true` means that it may be in
  /// the filter, `false` that it certainly is not. For queues and stacks, with an empty key, whether there is an
  /// element.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB. Linux 3.19.
  ///
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)`` but for per-CPU maps and Bloom filters.
  public func contains(_ key: RawSpan) throws(BPFError) -> Bool {
    let isFilter = type == .bloomFilter
    if isFilter { try checkValue(.lookup, key.byteCount) } else { try checkKey(.lookup, key) }
    return try unsafe scratch(valueStride) { (value) throws(BPFError) in
      guard isFilter else { return try unsafe read(.lookup, .lookup, key, into: value, []) }
      unsafe key.withUnsafeBytes { unsafe value.copyMemory(from: $0) }
      return try unsafe read(.lookup, .lookup, RawSpan(), into: value, [])
    }
  }

  /// Whether the map has a key, given as an array. See ``contains(_:)-(RawSpan)``.
  @inlinable
  public func contains(_ key: [UInt8]) throws(BPFError) -> Bool { try unsafe contains(key.span.bytes) }
}

extension MapHandle {
  @inline(never)
  private func filterLookup() -> BPFError {
    failure(.lookup, .wrongCall, nil, "a Bloom filter returns no values: ask with contains")
  }
}

// MARK: - Update

extension MapHandle {
  /// Sets the value of a key.
  ///
  /// For maps that hold objects the value is a descriptor of the object. For queues and stacks, with an empty
  /// key, the value is pushed; for Bloom filters it is added.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 3.19; with `.lock` 5.1.
  ///
  /// - Parameters:
  ///   - key: ``keySize`` bytes; empty for maps without keys.
  ///   - value: ``valueSize`` bytes.
  ///   - flags: none to insert or replace, `.noExist` only to insert, `.exist` only to replace, and `.lock` to
  ///     hold the spin lock in the value while it is written.
  /// - Throws: `BPFError`. `BPFError.Code.mapFull`, `BPFError.Code.outOfBounds` for an index beyond an
  ///   array's end, `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.notFound` with `.exist`,
  ///   `BPFError.Code.frozen`, `BPFError.Code.readOnly`, `BPFError.Code.wrongSize` for a key or value of
  ///   another size, `BPFError.Code.wrongCall` for a per-CPU map.
  public func update(_ key: RawSpan, to value: RawSpan, flags: MapFlags = []) throws(BPFError) {
    try checkPlain(.update, insteadUse: "updatePerCPU")
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

// MARK: - Delete

extension MapHandle {
  /// Deletes a key and its value.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation. Linux 3.19.
  ///
  /// - Parameter key: ``keySize`` bytes.
  /// - Returns: false if there was no such key. A devmap, cpumap or xskmap does not tell, and answers true below its
  ///   end.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` where elements cannot be deleted, such as in arrays,
  ///   `BPFError.Code.frozen`, `BPFError.Code.readOnly`, `BPFError.Code.wrongSize`.
  @discardableResult
  public func delete(_ key: RawSpan) throws(BPFError) -> Bool {
    try checkKey(.delete, key)
    let errno = unsafe key.withUnsafeBytes { key in
      unsafe BPFCommand.mapDelete(descriptor.borrowed, key: address(ofKey: key))
    }
    return try deletionOutcome(errno)
  }

  /// Deletes a key, given as an array, and its value. See ``delete(_:)-(RawSpan)``.
  @inlinable @discardableResult
  public func delete(_ key: [UInt8]) throws(BPFError) -> Bool { try unsafe delete(key.span.bytes) }
}

// MARK: - Look-up and delete

extension MapHandle {
  /// Takes an element out: returns its value and deletes it, with nothing in between.
  ///
  /// For queues and stacks, with an empty key, this pops.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. One allocation, the result. Linux 4.20 for queues and
  /// stacks, 5.14 for hashes.
  ///
  /// - Parameters:
  ///   - key: ``keySize`` bytes; empty for maps without keys.
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied.
  /// - Returns: ``valueSize`` bytes, or nil if there was no such key.
  /// - Throws: `BPFError`, as ``lookup(_:flags:)-(RawSpan,_)`` and ``delete(_:)-(RawSpan)``.
  public func lookupAndDelete(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try checkPlain(.lookupAndDelete, insteadUse: "lookupAndDeletePerCPU")
    try checkKey(.lookupAndDelete, key)
    return try collectValue(.lookupAndDelete, .lookupAndDelete, key, flags)
  }

  /// Takes out the element of a key given as an array. See ``lookupAndDelete(_:flags:)-(RawSpan,_)``.
  @inlinable
  public func lookupAndDelete(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    try unsafe lookupAndDelete(key.span.bytes, flags: flags)
  }

  /// Takes an element out into a buffer. See ``lookupAndDelete(_:flags:)-(RawSpan,_)``.
  ///
  /// - Parameters:
  ///   - key: ``keySize`` bytes; empty for maps without keys.
  ///   - value: a buffer of ``valueSize`` bytes.
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied.
  /// - Returns: whether there was such a key.
  public func lookupAndDelete(
    _ key: RawSpan, into value: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPlain(.lookupAndDelete, insteadUse: "lookupAndDeletePerCPU")
    try checkKey(.lookupAndDelete, key)
    try checkValue(.lookupAndDelete, value.byteCount)
    return try unsafe value.withUnsafeMutableBytes { (value) throws(BPFError) in
      try unsafe read(.lookupAndDelete, .lookupAndDelete, key, into: value, flags)
    }
  }

  /// Takes out the element of a key given as an array into a buffer.
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
  /// The key after another in the map's own order.
  ///
  /// A key that is not in the map, such as one deleted meanwhile, starts over at the first key: a loop that
  /// deletes, or runs beside one that does, may see keys twice or never end. To read all keys use ``keys()``.
  ///
  /// System calls: one, `BPF_MAP_GET_NEXT_KEY`. One allocation, the result. Linux 3.19, without a key 4.12.
  ///
  /// - Parameter key: ``keySize`` bytes, or nil for the first key.
  /// - Returns: ``keySize`` bytes, or nil after the last key.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` for maps that cannot be stepped through,
  ///   `BPFError.Code.writeOnly`, `BPFError.Code.wrongSize`.
  @_disfavoredOverload
  public func nextKey(after key: RawSpan?) throws(BPFError) -> [UInt8]? {
    if let key { try checkKey(.nextKey, key) }
    return try unsafe collect(keySize) { (next) throws(BPFError) in
      guard let key else { return try unsafe step(after: nil, into: next) }
      return try unsafe key.withUnsafeBytes { (key) throws(BPFError) in
        try unsafe step(after: key.baseAddress, into: next)
      }
    }
  }

  /// The key after another, given as an array. See ``nextKey(after:)-(RawSpan?)``.
  public func nextKey(after key: [UInt8]?) throws(BPFError) -> [UInt8]? {
    guard let key else { return try nextKey(after: RawSpan?.none) }
    return try unsafe nextKey(after: key.span.bytes)
  }

  /// Steps to the next key; false after the last.
  func step(after key: UnsafeRawPointer?, into next: UnsafeMutableRawBufferPointer) throws(BPFError) -> Bool {
    let errno = unsafe BPFCommand.mapNextKey(descriptor.borrowed, after: key, into: next.baseAddress)
    return try outcome(.nextKey, errno, [])
  }
}
