//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization

/// The memory of one CPU's perf buffer: how far it is read and written, and the records between.
///
/// Positions count bytes and never wrap around. Unlike a ring's, the bytes are there once, so that a record may be in two
/// pieces, one at the end and one at the beginning.
@safe struct PerfMemory: @unchecked Sendable {
  private let pages: UnsafeMutableRawPointer
  private let records: UnsafeMutableRawPointer
  private let byteCount: UInt64

  /// - Parameters:
  ///   - pages: a page with the positions, and behind it the records.
  ///   - byteCount: bytes of the records' part, a power of two.
  init(_ pages: UnsafeMutableRawPointer, pageSize: Int, byteCount: Int) {
    unsafe self.pages = pages
    unsafe records = pages + pageSize
    self.byteCount = UInt64(byteCount)
  }

  /// How far the buffer is written.
  var head: UInt64 {
    unsafe RingMemory.atomic(pages + PerfOutput.head, UInt64.self).pointee.load(ordering: .acquiring)
  }

  /// How far it is read.
  var tail: UInt64 {
    get { unsafe RingMemory.atomic(pages + PerfOutput.tail, UInt64.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(pages + PerfOutput.tail, UInt64.self).pointee.store(
        newValue, ordering: .releasing)
    }
  }

  /// What a record is.
  struct Header {
    var type: UInt32
    var byteCount: Int
  }

  /// What the record at a position is; nil if positions or length cannot be, or if it says of itself that it is longer:
  /// the kernel keeps a record's length in 16 bits, and writes longer ones over what was there. Its eight bytes are in one
  /// piece, as all records begin at multiples of eight.
  func header(at position: UInt64, before head: UInt64) -> Header? {
    guard position % 8 == 0, head &- position <= byteCount, head &- position >= 8 else { return nil }
    let start = unsafe records + Int(position & (byteCount &- 1))
    let length = Int(unsafe start.load(fromByteOffset: 6, as: UInt16.self))
    guard length >= 8, length % 8 == 0, UInt64(length) <= head &- position else { return nil }
    let type = unsafe start.load(as: UInt32.self)
    switch type {
    case PerfOutput.sample:
      // A header, how many bytes there are, these, and what fills them up.
      guard length >= 16 else { return nil }
      let word = unsafe records + Int((position &+ 8) & (byteCount &- 1))
      guard (0..<8).contains(length - 12 - Int(unsafe word.load(as: UInt32.self))) else { return nil }
    case PerfOutput.lost:
      // A header, the event's id, and how many.
      guard length >= 24 else { return nil }
    default: break
    }
    return Header(type: type, byteCount: length)
  }

  /// Lends the bytes of a record, after its header was looked at. They are copied if they are in two pieces.
  func withRecord<R, E: Error>(
    at position: UInt64, _ count: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let offset = Int(position & (byteCount &- 1))
    let first = min(count, Int(byteCount) - offset)
    guard first < count else {
      return try unsafe body(UnsafeRawBufferPointer(start: records + offset, count: count))
    }
    let outcome: Result<R, E> = unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { copy in
      // Both pieces are within the records, and the copy has room for both.
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: records + offset, count: first))
      unsafe UnsafeMutableRawBufferPointer(rebasing: copy[first...]).copyMemory(
        from: UnsafeRawBufferPointer(start: records, count: count - first))
      return Result { () throws(E) in try unsafe body(UnsafeRawBufferPointer(copy)) }
    }
    return try outcome.get()
  }
}
