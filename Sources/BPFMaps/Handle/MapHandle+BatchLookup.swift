//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A place in a map between two batches of a look-up.
///
/// What the kernel keeps in it is its own affair. A cursor is good for the map it comes from, and no other, for as
/// long as one likes; the map may change meanwhile.
public struct MapCursor: Sendable, Hashable {
  /// The kernel's bytes; empty before the first batch.
  var position: [UInt8] = []

  /// The map the bytes come from.
  var mapID: MapID?

  /// Whether the last batch reached the end of the map.
  public internal(set) var isAtEnd = false

  /// A cursor before the first element.
  public init() {}
}

extension MapHandle {
  /// Reads the next batch of elements into buffers.
  ///
  /// Fewer elements than fit do not mean the end: hash maps are read bucket by bucket, and the next one may not
  /// have fitted. Go on until the cursor is at the end, after which a call returns 0.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_BATCH`. No allocation but the cursor's, once. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: where to go on; it moves.
  ///   - keys: a buffer for keys, ``keySize`` bytes each.
  ///   - values: a buffer for as many values, ``valueStride`` bytes each.
  ///   - elementFlags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: how many elements were read, from the start of the buffers.
  /// - Throws: `BPFError`. `BPFError.Code.bufferTooSmall` if not even one bucket of a hash map fits: the cursor
  ///   has not moved, call again with larger buffers. `BPFError.Code.wrongSize` if the buffers do not hold a
  ///   whole and equal number of elements, `BPFError.Code.unsupported` for types without batches,
  ///   `BPFError.Code.writeOnly`.
  public func lookupBatch(
    _ cursor: inout MapCursor, keys: inout MutableRawSpan, values: inout MutableRawSpan,
    elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try readBatch(.lookup, .lookupBatch, &cursor, &keys, &values, elementFlags, flags)
  }

  /// Reads the next batch of elements.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH`, and one more each time a bucket of a hash map needs larger buffers
  /// than `count` elements take. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: where to go on; it moves.
  ///   - count: how many elements at most, above 0; more are returned where a hash map's bucket holds more.
  ///   - elementFlags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: the elements read, none at the end.
  /// - Throws: `BPFError`, as the form with buffers.
  public func lookupBatch(
    _ cursor: inout MapCursor, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> MapEntries {
    try readBatch(.lookup, .lookupBatch, &cursor, count, elementFlags, flags)
  }

  /// Takes the next batch of elements out of the map into buffers.
  ///
  /// Each element is read and deleted with nothing in between. If it throws, nothing was taken.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_BATCH`. No allocation but the cursor's, once. Linux 5.6.
  ///
  /// - Parameters:
  ///   - cursor: where to go on; it moves.
  ///   - keys: a buffer for keys, ``keySize`` bytes each.
  ///   - values: a buffer for as many values, ``valueStride`` bytes each.
  ///   - elementFlags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: how many elements were taken; fewer than fit do not mean the end.
  /// - Throws: `BPFError`, as the look-up; `BPFError.Code.frozen` and `BPFError.Code.readOnly`.
  public func lookupAndDeleteBatch(
    _ cursor: inout MapCursor, keys: inout MutableRawSpan, values: inout MutableRawSpan,
    elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try readBatch(.lookupAndDelete, .lookupAndDeleteBatch, &cursor, &keys, &values, elementFlags, flags)
  }

  /// Takes the next batch of elements out of the map.
  ///
  /// - Parameters:
  ///   - cursor: where to go on; it moves.
  ///   - count: how many elements at most, above 0; more are returned where a hash map's bucket holds more.
  ///   - elementFlags: `.lock` to hold the spin lock in each value while it is copied.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: the elements taken, none at the end.
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
    try checkBatch(operation, values: values.byteCount, count: count)
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
    guard count > 0 else { throw failure(operation, .wrongSize, nil, "a batch of \(count) elements is none") }
    try checkBatchable(operation)
    try checkCursor(operation, cursor)
    var entries = MapEntries(of: self)
    var capacity = usefulBatch(count)
    while !cursor.isAtEnd {
      try entries.reserve(capacity, of: self)
      do throws(BPFError) {
        try unsafe entries.append { (keys, values, room) throws(BPFError) in
          try unsafe read(batch, operation, &cursor, keys, values, room, elementFlags, flags)
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

  /// A size for a batch that is no larger than the map could ever fill.
  func usefulBatch(_ count: Int) -> Int {
    // Maps without max_entries grow as they need; there a batch is a matter of taste.
    max(1, min(count, maxEntries > 0 ? maxEntries : 4096))
  }

  /// A larger size for a batch that a bucket did not fit; nil if no bucket can be that large.
  func largerBatch(than capacity: Int) -> Int? {
    // Elements of maps without preallocation may for a moment be more than max_entries.
    capacity < 2 * maxEntries + 64 ? max(capacity, 1) * 2 : nil
  }

  /// One batch look-up into buffers that have been checked.
  func read(
    _ batch: BPFCommand.Batch, _ operation: BPFError.Operation, _ cursor: inout MapCursor,
    _ keys: UnsafeMutableRawBufferPointer, _ values: UnsafeMutableRawBufferPointer, _ count: Int,
    _ elementFlags: MapFlags, _ flags: MapFlags
  ) throws(BPFError) -> Int {
    // The kernel writes a key's bytes into the cursor, or a bucket's number, four bytes, where keys are shorter.
    let size = max(4, keySize)
    let isFirst = cursor.position.isEmpty
    if isFirst {
      cursor.position = [UInt8](repeating: 0, count: size)
      cursor.mapID = id
    }
    // On the stack, so that a failed call leaves the cursor where it was.
    let answer = unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { next in
      let answer = unsafe cursor.position.withUnsafeBytes { position in
        unsafe BPFCommand.mapBatch(
          batch, descriptor.borrowed,
          BPFCommand.BatchArgument(
            cursor: isFirst ? nil : position.baseAddress, nextCursor: next.baseAddress,
            keys: keys.baseAddress,
            values: values.baseAddress, count: count, elementFlags: elementFlags.rawValue,
            flags: flags.rawValue))
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
