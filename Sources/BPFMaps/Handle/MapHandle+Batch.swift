//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// Batches move many elements in one system call. Keys are contiguous, `keySize` bytes each. Values are `valueStride`
// bytes apart; in per-CPU maps a value has a slot for each possible CPU.
//
// The kernel supports batches for all hash maps (all four commands), arrays (look-up, update), LPM tries (look-up,
// update, delete) and arrays of maps (look-up, update).

// MARK: - Update and delete

extension MapHandle {
  /// Sets the values of many keys.
  ///
  /// The kernel updates the elements in order and stops at the first failure; earlier elements stay updated.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_BATCH`; none for a count of 0. No allocation. Linux 5.6.
  ///
  /// - Parameters:
  ///   - keys: `count` keys, ``keySize`` bytes each.
  ///   - values: `count` values, ``valueStride`` bytes each; with `.cpu(_:)` or `.allCPUs` ``valueSize`` bytes.
  ///   - count: the number of elements.
  ///   - elementFlags: flags as for a single update; the kernel supports only `.lock`, and for per-CPU maps since Linux
  ///     7.0 `.cpu(_:)` and `.allCPUs`.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: `count`.
  /// - Throws: `BPFError`, as for a single update, with the number of updated elements in `BPFError.processed`;
  ///   `.unsupported` for types without batches.
  @discardableResult
  public func updateBatch(
    keys: RawSpan, values: RawSpan, count: Int, elementFlags: MapFlags = [], flags: MapFlags = []
  ) throws(BPFError) -> Int {
    try checkBatch(.updateBatch, keys: keys.byteCount, count: count)
    try checkBatch(.updateBatch, values: values.byteCount, count: count, elementFlags)
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
  /// The kernel deletes the keys in order and stops at the first missing key; earlier keys stay deleted.
  ///
  /// System calls: one, `BPF_MAP_DELETE_BATCH`; none for a count of 0. No allocation. Linux 5.6.
  ///
  /// - Parameters:
  ///   - keys: `count` keys, ``keySize`` bytes each.
  ///   - count: the number of keys.
  ///   - elementFlags: flags of each deletion; the kernel supports only `.lock`.
  ///   - flags: flags of the batch; the kernel defines none today.
  /// - Returns: `count`.
  /// - Throws: `BPFError`, with the number of deleted elements in `BPFError.processed`; `.notFound` if the next key is
  ///   missing.
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

// MARK: - Checks before the system call

extension MapHandle {
  func checkBatch(_ operation: BPFError.Operation, keys byteCount: Int, count: Int) throws(BPFError) {
    try checkBatchable(operation)
    try check(operation, byteCount, "keys", stride: keySize, count)
  }

  /// Rejects a cursor that comes from another map; its bytes may have another size.
  func checkCursor(_ operation: BPFError.Operation, _ cursor: MapCursor) throws(BPFError) {
    if let owner = cursor.mapID, owner != id {
      throw failure(operation, .invalidArgument, nil, "the cursor comes from another map, id \(owner)")
    }
  }

  /// Rejects maps that have no keys, and types with an unknown batch layout.
  func checkBatchable(_ operation: BPFError.Operation) throws(BPFError) {
    guard keySize > 0 else {
      throw failure(operation, .unsupported, nil, "\(type.withArticle) map has no keys, so no batches")
    }
    guard isTypeKnown else {
      throw failure(
        operation, .unsupported, nil, "this library does not know the memory layout of maps of type \(type)")
    }
  }

  func checkBatch(
    _ operation: BPFError.Operation, values byteCount: Int, count: Int, _ flags: MapFlags
  ) throws(BPFError) {
    // The kernel then leaves no gaps between the values.
    let stride = isPerCPU && flags.hasOneValue ? valueSize : valueStride
    try check(operation, byteCount, "values", stride: stride, count)
  }

  private func check(
    _ operation: BPFError.Operation, _ byteCount: Int, _ label: String, stride: Int, _ count: Int
  ) throws(BPFError) {
    let (expected, overflow) = stride.multipliedReportingOverflow(by: count)
    if overflow || count < 0 || count > Int(UInt32.max) || byteCount != expected {
      throw failure(
        operation, .wrongSize, nil,
        "the \(label) have \(byteCount.counted("byte")), but must hold exactly "
          + "\(count.counted("element")) of \(stride) bytes each"
      )
    }
  }
}
