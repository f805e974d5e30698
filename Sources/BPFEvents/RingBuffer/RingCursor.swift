//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A cursor over the unread records of a ring. It ends at the writer's position at the time of its creation.
///
/// Only the kernel writes the ring, but every process that has the map can move the reader's position. The cursor
/// therefore only reads between two positions that are at most the ring's size apart.
@usableFromInline
struct RingCursor {
  @usableFromInline let memory: RingMemory

  /// The position of the next record.
  @usableFromInline var position: UInt

  /// The writer's position.
  @usableFromInline var end: UInt

  /// Whether a position or a record's length is invalid.
  @usableFromInline var isDamaged = false

  /// Creates a cursor that starts at the reader's position.
  @inlinable
  init(_ memory: RingMemory) {
    self.memory = memory
    position = memory.consumerPosition
    end = position
    extend()
  }

  /// Creates a cursor over no records.
  init(emptyIn memory: RingMemory) {
    self.memory = memory
    (position, end) = (0, 0)
  }

  /// Extends the cursor to the records that are available now.
  @inlinable
  mutating func extend() {
    end = memory.producerPosition
    if end &- position > memory.byteCount || position & 7 != 0 {
      isDamaged = true
      end = position
    }
  }

  /// Returns the next record, skipping discarded ones; nil at the end, and at a busy record.
  @inlinable @inline(__always)
  mutating func next() -> UnsafeRawBufferPointer? {
    while position != end {
      let header = memory.header(at: position)
      if header.isBusy { return nil }
      guard header.stride <= end &- position else {
        isDamaged = true
        return nil
      }
      let start = unsafe memory.bytes(at: position)
      position &+= header.stride
      if !header.isDiscarded { return unsafe UnsafeRawBufferPointer(start: start, count: Int(header.length)) }
    }
    return nil
  }

  /// Marks everything before the position as read, so that programs may overwrite it.
  @inlinable
  func commit() { memory.consumerPosition = position }

  /// Skips everything up to the writer's position, after an invalid position or length.
  ///
  /// Only at that position is the start of a record known. As long as the reader's position is wrong, programs may find
  /// no space.
  mutating func skipToEnd() {
    position = memory.producerPosition
    end = position
    isDamaged = false
    commit()
  }

  /// Returns whether the next record can be read. Skips discarded records before it.
  ///
  /// The kernel wakes a waiting reader only if the ring has been read up to the completed record. A record that is
  /// completed while earlier ones are skipped causes no wake-up. The cursor therefore looks again after each step.
  mutating func isAtRecord() -> Bool {
    while position != end {
      let header = memory.header(at: position)
      guard !header.isBusy else { return false }
      guard header.stride <= end &- position else {
        isDamaged = true
        return false
      }
      guard header.isDiscarded else { return true }
      position &+= header.stride
      commit()
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      extend()
    }
    return false
  }
}
