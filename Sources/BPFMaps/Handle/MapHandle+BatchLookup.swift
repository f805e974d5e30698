//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A position in a map between two batches of a look-up.
///
/// The kernel defines the cursor's contents. A cursor is valid only for the map it comes from. The map may change
/// between batches. A cursor expires only in an rhash map, if the key at which it stands is deleted.
public struct MapCursor: Sendable, Hashable {
  /// The kernel's cursor bytes; empty before the first batch.
  var position: [UInt8] = []

  /// The map that the cursor belongs to.
  var mapID: MapID?

  /// Whether the last batch reached the end of the map.
  public internal(set) var isAtEnd = false

  /// Creates a cursor before the first element.
  public init() {}
}

extension MapHandle {
  /// Reads the next batch of elements into buffers.
  ///
  /// A short count does not mean the end: the kernel reads hash maps bucket by bucket, and the next bucket may not
  /// fit. Continue until the cursor is at the end; after that a call returns 0.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_BATCH`; two if the last elements of an rhash map fill the buffers. Allocates
  /// only the cursor, once. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: the position to read from; advanced past the batch.
  ///   - keys: a buffer for keys, ``keySize`` bytes each.
  ///   - values: a buffer for as many values, ``valueStride`` bytes each; with `.cpu(_:)` ``valueSize`` bytes.
  ///   - elementFlags: `.lock` to hold the spin lock in each value during the copy; for a per-CPU map since Linux 7.0
  ///     `.cpu(_:)`.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: the number of elements read into the start of the buffers.
  /// - Throws: `BPFError`; `.bufferTooSmall` if the next bucket of a hash map does not fit: the cursor has not moved,
  ///   so call again with larger buffers. `.wrongSize` if the buffers do not hold an equal, whole number of elements;
  ///   `.unsupported` for types without batches; `.changing` if the cursor of an rhash map has expired; `.writeOnly`.
  public func lookupBatch(
    _ cursor: inout MapCursor, keys: inout MutableRawSpan, values: inout MutableRawSpan,
    elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try readBatch(.lookup, .lookupBatch, &cursor, &keys, &values, elementFlags, flags)
  }

  /// Reads the next batch of elements.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, and another each time a hash bucket needs larger buffers than `count`
  /// elements take. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: the position to read from; advanced past the batch.
  ///   - count: the maximum number of elements, above 0. More are returned if a hash bucket holds more.
  ///   - elementFlags: `.lock` to hold the spin lock in each value during the copy.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: the elements, or none at the end.
  /// - Throws: `BPFError`, as the form with buffers.
  public func lookupBatch(
    _ cursor: inout MapCursor, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> MapEntries {
    try readBatch(.lookup, .lookupBatch, &cursor, count, elementFlags, flags)
  }

  /// Looks up and deletes the next batch of elements, and copies them into buffers.
  ///
  /// The kernel reads and deletes each element atomically, except in an rhash map: there, a write between the two is
  /// lost. If the call throws, no element was deleted.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_BATCH`; two if the last elements of an rhash map fill the buffers.
  /// Allocates only the cursor, once. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: the position to read from; advanced past the batch.
  ///   - keys: a buffer for keys, ``keySize`` bytes each.
  ///   - values: a buffer for as many values, ``valueStride`` bytes each.
  ///   - elementFlags: `.lock` to hold the spin lock in each value during the copy.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: the number of elements deleted. A short count does not mean the end.
  /// - Throws: `BPFError`, as the look-up; `.frozen` and `.readOnly`.
  public func lookupAndDeleteBatch(
    _ cursor: inout MapCursor, keys: inout MutableRawSpan, values: inout MutableRawSpan,
    elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try readBatch(.lookupAndDelete, .lookupAndDeleteBatch, &cursor, &keys, &values, elementFlags, flags)
  }

  /// Looks up and deletes the next batch of elements.
  ///
  /// - Parameters:
  ///   - cursor: the position to read from; advanced past the batch.
  ///   - count: the maximum number of elements, above 0. More are returned if a hash bucket holds more.
  ///   - elementFlags: `.lock` to hold the spin lock in each value during the copy.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: the deleted elements, or none at the end.
  /// - Throws: `BPFError`, as the form with buffers.
  public func lookupAndDeleteBatch(
    _ cursor: inout MapCursor, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> MapEntries {
    try readBatch(.lookupAndDelete, .lookupAndDeleteBatch, &cursor, count, elementFlags, flags)
  }

  private func readBatch(
    _ batch: BPFCommand.Batch, _ operation: BPFError.Operation, _ cursor: inout MapCursor,
    _ keys: inout MutableRawSpan, _ values: inout MutableRawSpan, _ elementFlags: MapFlags, _ flags: MapFlags
  ) throws(BPFError) -> Int {
    let count = keySize == 0 ? 0 : keys.byteCount / keySize
    try checkBatch(operation, keys: keys.byteCount, count: count)
    try checkBatch(operation, values: values.byteCount, count: count, elementFlags)
    try checkCursor(operation, cursor)
    if count == 0 || cursor.isAtEnd { return 0 }
    return try unsafe keys.withUnsafeMutableBytes { (keys) throws(BPFError) in
      try unsafe values.withUnsafeMutableBytes { (values) throws(BPFError) in
        try unsafe read(batch, operation, &cursor, keys, values, count, elementFlags, flags)
      }
    }
  }

  private func readBatch(
    _ batch: BPFCommand.Batch, _ operation: BPFError.Operation, _ cursor: inout MapCursor, _ count: Int,
    _ elementFlags: MapFlags, _ flags: MapFlags
  ) throws(BPFError) -> MapEntries {
    guard count > 0 else {
      throw failure(operation, .wrongSize, nil, "the batch size must be above 0, not \(count)")
    }
    try checkBatchable(operation)
    try checkCursor(operation, cursor)
    if elementFlags.hasOneValue { throw oneValue(operation, insteadUse: "the form with buffers") }
    var entries = MapEntries(of: self)
    var capacity = usefulBatch(count)
    while !cursor.isAtEnd {
      try entries.reserve(capacity, of: self)
      do throws(BPFError) {
        try unsafe entries.append { (keys, values, count) throws(BPFError) in
          try unsafe read(batch, operation, &cursor, keys, values, count, elementFlags, flags)
        }
        break
      } catch {
        guard error.code == .bufferTooSmall, let larger = largerBatch(than: capacity) else { throw error }
        capacity = larger
      }
    }
    entries.trim()
    return entries
  }

  /// Returns a batch size no larger than the map can fill.
  func usefulBatch(_ count: Int) -> Int {
    // Maps without max_entries grow on demand, so any size will do for them.
    max(1, min(count, maxEntries > 0 ? maxEntries : 4096))
  }

  /// Returns a larger size for a batch that the next bucket did not fit, or nil if no bucket can be that large.
  func largerBatch(than capacity: Int) -> Int? {
    // Maps without preallocation may briefly hold more than max_entries elements.
    capacity < 2 * maxEntries + 64 ? max(capacity, 1) * 2 : nil
  }

  /// Reads one batch into buffers of checked size.
  func read(
    _ batch: BPFCommand.Batch, _ operation: BPFError.Operation, _ cursor: inout MapCursor,
    _ keys: UnsafeMutableRawBufferPointer, _ values: UnsafeMutableRawBufferPointer, _ count: Int,
    _ elementFlags: MapFlags, _ flags: MapFlags
  ) throws(BPFError) -> Int {
    // The kernel writes a key into the cursor, or a 4-byte bucket number if keys are shorter.
    let size = max(4, keySize)
    let isFirst = cursor.position.isEmpty
    if isFirst {
      cursor.position = [UInt8](repeating: 0, count: size)
      cursor.mapID = id
    }
    // The next cursor goes on the stack, so that a failed call leaves `cursor` unchanged.
    let answer = unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { next in
      let answer = unsafe cursor.position.withUnsafeBytes { position in
        unsafe BPFCommand.mapBatch(
          batch, descriptor.borrowed,
          BPFCommand.BatchArgument(
            cursor: isFirst ? nil : position.baseAddress, nextCursor: next.baseAddress,
            keys: keys.baseAddress,
            values: values.baseAddress, count: count, elementFlags: elementFlags.rawValue,
            flags: flags.rawValue, hasCursorAtEnd: hasCursorAtEnd))
      }
      if answer.errno == nil, answer.count > 0 {
        unsafe cursor.position.withUnsafeMutableBytes {
          unsafe $0.copyMemory(from: UnsafeRawBufferPointer(next))
        }
      }
      return answer
    }
    switch answer.errno {
    case nil: break
    case .noSuchFileOrDirectory where answer.isEnd: cursor.isAtEnd = true
    case let errno?:
      if isFirst { cursor = MapCursor() }
      throw failure(operation, errno, flags: elementFlags.union(flags), processed: 0)
    }
    return answer.count
  }
}
