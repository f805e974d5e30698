//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A passage over the records of a ring whose writers give up the oldest ones for new ones, as far as the ring is written
/// when it begins.
///
/// Whatever lies in such a ring may be written over while it is read. So each record is copied first, and then it is looked
/// at whether the writers had come that far: they say that they give a record up before they write over it. What was
/// given up is counted in bytes, with what stands before the records: how many records that were, nobody knows.
struct OverwritingCursor {
  private let memory: RingMemory
  private let end: UInt

  /// How far it has come.
  private(set) var position: UInt

  /// Whether it came to where no record can be.
  private(set) var isDamaged: Bool

  init(_ memory: RingMemory) {
    self.memory = memory
    (position, end) = (memory.consumerPosition, memory.producerPosition)
    isDamaged = position & 7 != 0 || position.isBehind(end) == false && position != end
  }

  /// What comes next.
  enum Step: Equatable {
    /// A record, of so many bytes, which are the first ones of the copy.
    case record(byteCount: Int)
    /// So many bytes were written over.
    case overwritten(byteCount: Int)
  }

  /// Goes on to the next record; nil at the end, and at one that is being written.
  ///
  /// - Parameter copy: where the record's bytes are put. It grows to the longest record.
  mutating func next(_ copy: inout [UInt8]) -> Step? {
    while !isDamaged, position.isBehind(end) {
      if let overwritten = passOverwritten() { return .overwritten(byteCount: overwritten) }
      let header = memory.header(at: position)
      let fits = header.stride <= min(end &- position, memory.byteCount)
      if fits, !header.isBusy, !header.isDiscarded { take(header.length, into: &copy) }
      // Header and record are read before it is asked whether they were whole then.
      atomicMemoryFence(ordering: .acquiring)
      if position.isBehind(memory.overwrittenPosition) { continue }
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

  /// Gives up what is in a ring whose positions or lengths cannot be, up to how far it is written.
  mutating func giveUp() {
    position = memory.producerPosition
    isDamaged = false
    commit()
  }

  /// Says that all before the position is read.
  func commit() { memory.consumerPosition = position }

  /// Whether there is something to tell: a record, that some were written over, or that no record can be where it is.
  /// Discarded records before it are passed.
  mutating func hasNews() -> Bool {
    while !isDamaged, position.isBehind(end) {
      let header = memory.header(at: position)
      atomicMemoryFence(ordering: .acquiring)
      if position.isBehind(memory.overwrittenPosition) { return true }
      guard !header.isBusy else { return false }
      guard header.stride <= end &- position else { return true }
      guard header.isDiscarded else { return true }
      position &+= header.stride
      commit()
    }
    return isDamaged
  }

  /// Goes on to the oldest record that there is; how many bytes that is, nil if it is there already.
  private mutating func passOverwritten() -> Int? {
    let oldest = memory.overwrittenPosition
    guard position.isBehind(oldest) else { return nil }
    defer { position = oldest }
    return Int(bitPattern: oldest &- position)
  }

  private func take(_ length: UInt, into copy: inout [UInt8]) {
    let length = Int(length)
    if copy.count < length { copy += [UInt8](repeating: 0, count: length - copy.count) }
    // The ring is mapped twice, so that from any position on it has as many bytes as fit into it.
    let start = unsafe memory.bytes(at: position)
    unsafe copy.withUnsafeMutableBytes { copy in
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: start, count: length))
    }
  }
}

extension UInt {
  /// Whether a position is before another. They count on when they are as large as can be.
  fileprivate func isBehind(_ other: UInt) -> Bool { Int(bitPattern: other &- self) > 0 }
}
