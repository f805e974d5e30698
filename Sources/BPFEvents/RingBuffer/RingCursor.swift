//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A passage over the records of a ring, from those that were not read to those that were there when it began.
///
/// The kernel writes the ring, and no other process can; but every process that has the map may say that the ring is read
/// further than it is. Hence nothing is read that does not lie between two positions not further apart than the ring is
/// long.
@usableFromInline
struct RingCursor {
  @usableFromInline let memory: RingMemory

  /// Where the next record is.
  @usableFromInline var position: UInt

  /// How far the ring was written.
  @usableFromInline var end: UInt

  /// Whether the positions or a record's length cannot be.
  @usableFromInline var isDamaged = false

  /// A passage that begins where the ring is read up to.
  @inlinable
  init(_ memory: RingMemory) {
    self.memory = memory
    position = memory.consumerPosition
    end = position
    extend()
  }

  /// A passage over nothing.
  init(unread memory: RingMemory) {
    self.memory = memory
    (position, end) = (0, 0)
  }

  /// Goes on to the records that are there now.
  @inlinable
  mutating func extend() {
    end = memory.producerPosition
    if end &- position > memory.byteCount || position & 7 != 0 {
      isDamaged = true
      end = position
    }
  }

  /// The next record, past those that were discarded; nil at the end, and at one that is busy.
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

  /// Says that all before the position is read, and may be written over.
  @inlinable
  func commit() { memory.consumerPosition = position }

  /// Gives up what is in a ring whose positions or lengths cannot be, up to how far it is written: nothing else says where
  /// a record begins, and as long as the reader's position is wrong programs may find no room.
  mutating func giveUp() {
    position = memory.producerPosition
    end = position
    isDamaged = false
    commit()
  }

  /// Whether the next record can be read; those before it that were discarded are passed over.
  ///
  /// The kernel wakes who waits only if the ring was read up to the record that is completed. One that is completed while
  /// those before it are passed over wakes nobody: hence after each step there is another look.
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
