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

// MARK: - Checks before the kernel is asked

extension MapHandle {
  func checkBatch(_ operation: BPFError.Operation, keys byteCount: Int, count: Int) throws(BPFError) {
    try checkBatchable(operation)
    try check(operation, byteCount, "keys", stride: keySize, count)
  }

  /// Refuses a cursor of another map, whose bytes need not even be as many.
  func checkCursor(_ operation: BPFError.Operation, _ cursor: MapCursor) throws(BPFError) {
    if let owner = cursor.mapID, owner != id {
      throw failure(operation, .invalidArgument, nil, "the cursor comes from another map, id \(owner)")
    }
  }

  /// Refuses maps of whose elements it is not known how they lie in a batch.
  func checkBatchable(_ operation: BPFError.Operation) throws(BPFError) {
    guard keySize > 0 else {
      throw failure(operation, .unsupported, nil, "\(type.withArticle) map has no keys, so no batches")
    }
    guard isTypeKnown else {
      throw failure(
        operation, .unsupported, nil, "this library does not know how maps of \(type) lie in memory")
    }
  }

  func checkBatch(_ operation: BPFError.Operation, values byteCount: Int, count: Int) throws(BPFError) {
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
