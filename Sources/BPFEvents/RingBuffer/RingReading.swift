//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The position of a sequence of records, which the copies of its iterator share.
@usableFromInline
@safe final class RingReading {
  private let ring: RingBuffer
  private var isReader = false
  /// Whether a returned record does not count as read yet.
  ///
  /// Only then may the position be committed: otherwise it is stored already, and a wait may have stored a later one
  /// since.
  private var hasReturned = false
  /// The index of the current ring.
  private var index = 0

  // One task at a time uses an iterator, and only the functions below use this property. A check of exclusivity at run
  // time would cost more than reading a record.
  @exclusivity(unchecked) @usableFromInline var cursor: RingCursor

  init(_ ring: RingBuffer) {
    self.ring = ring
    unsafe cursor = RingCursor(emptyIn: ring.rings[0].memory)
  }

  deinit {
    if isReader { endReading() }
    unsafe normalized?.deallocate()
  }

  /// The normalized copy of the last record of a type with Booleans; nil before the first one.
  private var normalized: UnsafeMutableRawPointer?

  /// Returns the address of a record's value, which is in the ring if the type needs no normalization. The address is valid
  /// until the next record is returned.
  @usableFromInline
  func address<Event>(
    of record: UnsafeRawBufferPointer, _ decoder: RecordDecoder<Event>
  ) throws(BPFError) -> UnsafeRawPointer {
    guard decoder.needsNormalization else { return try unsafe RecordDecoder<Event>.start(of: record) }
    let value = try unsafe decoder.normalizedValue(of: record)
    // All values of a sequence have the same type.
    let copy =
      unsafe normalized
      ?? .allocate(byteCount: MemoryLayout<Event>.stride, alignment: MemoryLayout<Event>.alignment)
    unsafe normalized = copy
    unsafe copy.storeBytes(of: value, as: Event.self)
    return UnsafeRawPointer(copy)
  }

  /// Returns the next record up to the last known end of the ring; nil if there is none. The record before it then counts
  /// as read.
  @inlinable @inline(__always)
  func nextAvailableRecord() -> UnsafeRawBufferPointer? {
    // A local copy, because properties of the class would be loaded again after each atomic store. `waitForRecord` finds
    // damage again.
    var cursor = unsafe self.cursor
    guard cursor.position != cursor.end else { return nil }
    // The previous record has been handled.
    cursor.commit()
    let record = unsafe cursor.next()
    unsafe self.cursor.position = cursor.position
    return unsafe record
  }

  /// Returns the next record, and waits if there is none; nil when the task is cancelled or the buffer is closed.
  func nextRecord(
    isolation actor: isolated (any Actor)?
  ) async throws(BPFError) -> UnsafeRawBufferPointer? {
    if isReader, let record = unsafe nextAvailableRecord() { return unsafe record }
    guard try await waitForRecord(isolation: actor) else { return nil }
    return unsafe nextAvailableRecord()
  }

  /// Waits until the cursor is at a record that can be read. Everything that was returned before then counts as read.
  ///
  /// Of several rings it takes the one after the last that was read, once it has read that one up to the last known end.
  ///
  /// - Returns: Whether there is a record; false when the task is cancelled or the buffer is closed.
  @usableFromInline
  func waitForRecord(isolation actor: isolated (any Actor)?) async throws(BPFError) -> Bool {
    try begin()
    if hasReturned, try isAtRecord() { return true }
    if ring.waiter.isTimeToYield() { await Task.yield() }
    while !ring.waiter.isClosed, !Task.isCancelled {
      for _ in ring.rings.indices {
        index = (index + 1) % ring.rings.count
        unsafe cursor = RingCursor(ring.rings[index].memory)
        if try isAtRecord() { return true }
      }
      guard try await ring.waitAsReader() else { break }
    }
    endReading()
    return false
  }

  /// Returns whether the cursor is at a record. Skips discarded records before it, which count as read.
  private func isAtRecord() throws(BPFError) -> Bool {
    commitReturned()
    let isAtRecord = unsafe cursor.isAtRecord()
    if unsafe cursor.isDamaged { throw unsafe ring.rings[index].damageError(skipping: &cursor) }
    // No record after a busy one is available.
    if !isAtRecord { unsafe cursor.end = cursor.position }
    hasReturned = isAtRecord
    return isAtRecord
  }

  /// Marks the returned records as read.
  private func commitReturned() {
    if hasReturned { unsafe cursor.commit() }
    hasReturned = false
  }

  private func begin() throws(BPFError) {
    guard !isReader else { return }
    try ring.acquireReader()
    isReader = true
    index = ring.rings.count - 1
    unsafe cursor = RingCursor(ring.rings[index].memory)
  }

  /// Ends the sequence, so that others may read even while its iterator exists.
  private func endReading() {
    commitReturned()
    unsafe cursor = RingCursor(emptyIn: ring.rings[0].memory)
    isReader = false
    ring.waiter.release()
  }
}
