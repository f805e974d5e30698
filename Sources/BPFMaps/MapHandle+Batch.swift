//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Batches move many elements in one system call. Keys stand side by side, `keySize` bytes each; values stand
// `valueStride` bytes apart, which for per-CPU maps is a slot for each possible CPU.
//
// The kernel has batches for hash maps of all kinds (all four commands), arrays (look-up, update), LPM tries
// (look-up, update, delete) and arrays of maps (look-up, update).

// MARK: - Update and delete

extension MapHandle {
  /// Sets the values of many keys.
  ///
  /// The kernel goes through them in order and stops at the first that fails; those before it stay updated.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_BATCH`; none for a count of 0. No allocation. Linux 5.6.
  ///
  /// - Parameters:
  ///   - keys: `count` keys, ``keySize`` bytes each.
  ///   - values: `count` values, ``valueStride`` bytes each.
  ///   - count: how many.
  ///   - elementFlags: as for a single update; the kernel knows `.lock` only.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: `count`.
  /// - Throws: `BPFError`, whose `BPFError.processed` says how many were updated. Causes are those of a single
  ///   update, and `BPFError.Code.unsupported` for types without batches.
  @discardableResult
  public func updateBatch(
    keys: RawSpan, values: RawSpan, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try checkBatch(.updateBatch, keys: keys.byteCount, count: count)
    try checkBatch(.updateBatch, values: values.byteCount, count: count)
    return try unsafe values.withUnsafeBytes { (values) throws(BPFError) in
      try unsafe write(.update, .updateBatch, keys, values.baseAddress, count, elementFlags, flags)
    }
  }

  /// Sets the values of many keys, given as arrays.
  /// See ``updateBatch(keys:values:count:elementFlags:flags:)-(RawSpan,_,_,_,_)``.
  @discardableResult
  public func updateBatch(
    keys: [UInt8], values: [UInt8], count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try unsafe updateBatch(
      keys: keys.span.bytes, values: values.span.bytes, count: count, elementFlags: elementFlags, flags: flags
    )
  }

  /// Deletes many keys.
  ///
  /// The kernel goes through them in order and stops at the first that is not there; those before it are gone.
  ///
  /// System calls: one, `BPF_MAP_DELETE_BATCH`; none for a count of 0. No allocation. Linux 5.6.
  ///
  /// - Parameters:
  ///   - keys: `count` keys, ``keySize`` bytes each.
  ///   - count: how many.
  ///   - elementFlags: the kernel knows `.lock` only.
  ///   - flags: of the batch; the kernel knows none today.
  /// - Returns: `count`.
  /// - Throws: `BPFError`, whose `BPFError.processed` says how many were deleted;
  ///   `BPFError.Code.notFound` if the next one was not there.
  @discardableResult
  public func deleteBatch(
    keys: RawSpan, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try checkBatch(.deleteBatch, keys: keys.byteCount, count: count)
    return try unsafe write(.delete, .deleteBatch, keys, nil, count, elementFlags, flags)
  }

  /// Deletes many keys, given as an array.
  /// See ``deleteBatch(keys:count:elementFlags:flags:)-(RawSpan,_,_,_)``.
  @discardableResult
  public func deleteBatch(
    keys: [UInt8], count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try unsafe deleteBatch(keys: keys.span.bytes, count: count, elementFlags: elementFlags, flags: flags)
  }

  private func write(
    _ batch: BPFCommand.Batch, _ operation: BPFError.Operation, _ keys: RawSpan, _ values: UnsafeRawPointer?,
    _ count: Int, _ elementFlags: MapFlags, _ flags: MapFlags
  ) throws(BPFError) -> Int {
    if count == 0 { return 0 }
    return try unsafe keys.withUnsafeBytes { (keys) throws(BPFError) in
      let answer = unsafe BPFCommand.mapBatch(
        batch, descriptor.borrowed,
        BPFCommand.BatchArgument(
          keys: keys.baseAddress, values: values, count: count, elementFlags: elementFlags.rawValue,
          flags: flags.rawValue))
      if let errno = answer.errno {
        throw failure(operation, errno, flags: elementFlags.union(flags), processed: answer.count)
      }
      return answer.count
    }
  }
}

// MARK: - Look-up

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
    case .noSuchFileOrDirectory: cursor.isAtEnd = true
    case let errno?:
      if isFirst { cursor = MapCursor() }
      throw failure(operation, errno, flags: elementFlags.union(flags), processed: 0)
    }
    return answer.count
  }
}

// MARK: - Checks before the kernel is asked

extension MapHandle {
  private func checkBatch(_ operation: BPFError.Operation, keys byteCount: Int, count: Int) throws(BPFError) {
    try checkBatchable(operation)
    try check(operation, byteCount, "keys", stride: keySize, count)
  }

  /// Refuses a cursor of another map, whose bytes need not even be as many.
  private func checkCursor(_ operation: BPFError.Operation, _ cursor: MapCursor) throws(BPFError) {
    if let owner = cursor.mapID, owner != id {
      throw failure(operation, .invalidArgument, nil, "the cursor comes from another map, id \(owner)")
    }
  }

  /// Refuses maps of whose elements it is not known how they lie in a batch.
  private func checkBatchable(_ operation: BPFError.Operation) throws(BPFError) {
    guard keySize > 0 else {
      throw failure(operation, .unsupported, nil, "\(type.withArticle) map has no keys, so no batches")
    }
    guard isTypeKnown else {
      throw failure(
        operation, .unsupported, nil, "this library does not know how maps of \(type) lie in memory")
    }
  }

  private func checkBatch(_ operation: BPFError.Operation, values byteCount: Int, count: Int) throws(BPFError)
  {
    try check(operation, byteCount, "values", stride: valueStride, count)
  }

  private func check(
    _ operation: BPFError.Operation, _ byteCount: Int, _ what: String, stride: Int, _ count: Int
  ) throws(BPFError) {
    let (expected, overflow) = stride.multipliedReportingOverflow(by: count)
    if overflow || count < 0 || count > Int(UInt32.max) || byteCount != expected {
      throw failure(
        operation, .wrongSize, nil,
        "the \(what) have \(byteCount.counted("byte")), and \(count.counted("element")) of \(stride) bytes each were to fit exactly"
      )
    }
  }
}
