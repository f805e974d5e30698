//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization

/// The memory of one CPU's ring: the positions of the writer and the reader, and the records between them.
///
/// Positions count bytes, and never wrap around. Unlike the records of a ring buffer, these are mapped only once. A
/// record may therefore be split, with one piece at the end and one at the beginning.
@safe struct PerfMemory: @unchecked Sendable {
  private let pages: UnsafeMutableRawPointer
  private let records: UnsafeMutableRawPointer
  let byteCount: UInt64

  /// - Parameters:
  ///   - pages: a page with the positions, followed by the records.
  ///   - byteCount: the size of the records, a power of two.
  init(_ pages: UnsafeMutableRawPointer, pageSize: Int, byteCount: Int) {
    unsafe self.pages = pages
    unsafe records = pages + pageSize
    self.byteCount = UInt64(byteCount)
  }

  /// The writer's position.
  var head: UInt64 {
    unsafe RingMemory.atomic(pages + PerfOutput.head, UInt64.self).pointee.load(ordering: .acquiring)
  }

  /// The reader's position.
  var tail: UInt64 {
    get { unsafe RingMemory.atomic(pages + PerfOutput.tail, UInt64.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(pages + PerfOutput.tail, UInt64.self).pointee.store(
        newValue, ordering: .releasing)
    }
  }

  /// The type and length of a record.
  struct Header {
    var type: UInt32
    var byteCount: Int
  }

  /// Returns the header of the record at a position; nil if the positions or the length are invalid.
  ///
  /// The kernel stores a length in 16 bits, and writes a longer record over existing data. A length is therefore also
  /// invalid if the record's contents claim to be longer. The eight bytes of a header are contiguous, because all
  /// records start at multiples of eight.
  func header(at position: UInt64, before head: UInt64) -> Header? {
    guard position % 8 == 0, head &- position <= byteCount, head &- position >= 8 else { return nil }
    let start = unsafe records + Int(position & (byteCount &- 1))
    let length = Int(unsafe start.load(fromByteOffset: 6, as: UInt16.self))
    guard length >= 8, length % 8 == 0, UInt64(length) <= head &- position else { return nil }
    let type = unsafe start.load(as: UInt32.self)
    switch type {
    case PerfOutput.sample:
      // A header, the length of the sample, its bytes, and padding.
      guard length >= 16 else { return nil }
      let word = unsafe records + Int((position &+ 8) & (byteCount &- 1))
      guard (0..<8).contains(length - 12 - Int(unsafe word.load(as: UInt32.self))) else { return nil }
    case PerfOutput.lost:
      // A header, the event's ID, and the number of lost records.
      guard length >= 24 else { return nil }
    default: break
    }
    return Header(type: type, byteCount: length)
  }

  /// Lends the bytes of a record, after a check of its header. Copies them if they are split.
  func withRecord<R, E: Error>(
    at position: UInt64, _ count: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let offset = Int(position & (byteCount &- 1))
    let first = min(count, Int(byteCount) - offset)
    guard first < count else {
      return try unsafe body(UnsafeRawBufferPointer(start: records + offset, count: count))
    }
    let outcome: Result<R, E> = unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { copy in
      // Both pieces lie within the records, and the copy has space for both.
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: records + offset, count: first))
      unsafe UnsafeMutableRawBufferPointer(rebasing: copy[first...]).copyMemory(
        from: UnsafeRawBufferPointer(start: records, count: count - first))
      return Result { () throws(E) in try unsafe body(UnsafeRawBufferPointer(copy)) }
    }
    return try outcome.get()
  }
}
