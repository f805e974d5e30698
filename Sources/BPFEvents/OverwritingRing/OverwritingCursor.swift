//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A cursor over the records of an overwriting ring. It ends at the writers' position at the time of its creation.
///
/// Any record in such a ring may be overwritten while it is read. The cursor therefore copies each record, and then
/// checks whether the writers have reached it: they advance their overwrite position before they overwrite a record.
/// Overwritten data is counted in bytes, including record headers, because the number of records is unknown.
///
/// Any process that has the map can move the consumer's position, so the cursor checks it, and reads at most the ring's
/// size.
struct OverwritingCursor {
  private let memory: RingMemory
  private let end: UInt

  /// The position of the next record.
  private(set) var position: UInt

  /// Whether a position or a length is invalid.
  private(set) var isDamaged: Bool

  init(_ memory: RingMemory) {
    self.memory = memory
    (position, end) = (memory.consumerPosition, memory.producerPosition)
    // Loaded after the producer's position, so that at most the ring's size lies between them.
    let overwritten = memory.overwrittenPosition
    let oldest = position.precedes(overwritten) ? overwritten : position
    let isBehind = position.precedes(end) && !oldest.precedes(end &- memory.byteCount)
    isDamaged = (position | overwritten) & 7 != 0 || position != end && !isBehind
  }

  /// The next item in the ring.
  enum Step: Equatable {
    /// A record of this length, at the start of the copy.
    case record(byteCount: Int)
    /// A number of overwritten bytes.
    case overwritten(byteCount: Int)
  }

  /// Advances to the next item; returns nil at the end, and at a record that is being written.
  ///
  /// - Parameter copy: receives the record's bytes. It grows to the length of the longest record.
  mutating func next(_ copy: inout [UInt8]) -> Step? {
    while !isDamaged, position.precedes(end) {
      if let overwritten = skipOverwritten() { return .overwritten(byteCount: overwritten) }
      let header = memory.header(at: position)
      let fits = header.stride <= min(end &- position, memory.byteCount)
      if fits, !header.isBusy, !header.isDiscarded { copyRecord(header.length, to: &copy) }
      // Loads the header and the record before the check whether they were intact.
      atomicMemoryFence(ordering: .acquiring)
      if position.precedes(memory.overwrittenPosition) { continue }
      if header.isBusy { return nil }
      guard fits else {
        isDamaged = true
        return nil
      }
      position &+= header.stride
      if !header.isDiscarded { return .record(byteCount: Int(header.length)) }
    }
    return nil
  }

  /// Skips everything up to the writers' position, after an invalid position or length.
  mutating func skipToEnd() {
    position = memory.producerPosition
    isDamaged = false
    commit()
  }

  /// Marks everything before the position as read.
  func commit() { memory.consumerPosition = position }

  /// Returns whether there is something to read: a record, overwritten data, or damage. Skips discarded records before
  /// it.
  mutating func hasUnread() -> Bool {
    while !isDamaged, position.precedes(end) {
      let header = memory.header(at: position)
      atomicMemoryFence(ordering: .acquiring)
      if position.precedes(memory.overwrittenPosition) { return true }
      guard !header.isBusy else { return false }
      guard header.stride <= end &- position else { return true }
      guard header.isDiscarded else { return true }
      position &+= header.stride
      commit()
    }
    return isDamaged
  }

  /// Advances to the oldest remaining record. Returns the number of skipped bytes, or nil if there are none.
  private mutating func skipOverwritten() -> Int? {
    let oldest = memory.overwrittenPosition
    guard position.precedes(oldest) else { return nil }
    defer { position = oldest }
    return Int(bitPattern: oldest &- position)
  }

  private func copyRecord(_ length: UInt, to copy: inout [UInt8]) {
    let length = Int(length)
    if copy.count < length { copy += [UInt8](repeating: 0, count: length - copy.count) }
    // The ring is mapped twice, so the bytes after any position are contiguous.
    let start = unsafe memory.bytes(at: position)
    unsafe copy.withUnsafeMutableBytes { copy in
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: start, count: length))
    }
  }
}

extension UInt {
  /// Returns whether a position precedes another. Positions overflow to 0.
  fileprivate func precedes(_ other: UInt) -> Bool { Int(bitPattern: other &- self) > 0 }
}
