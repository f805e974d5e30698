//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// The memory of a ring: how far it is read and written, and the records between.
///
/// Positions count bytes from the ring's beginning and never wrap around. The bytes are mapped twice, one after the other,
/// so that a record that begins before the end lies in one piece all the same.
///
/// It is where the memory is, and may be used by several threads: each word that another side writes is read and stored
/// as an atomic one, and no position leads out of the ring. Whoever has it keeps what is mapped there (``MappedRing``),
/// and reads the bytes of a record between the positions alone.
@usableFromInline
@safe struct RingMemory: @unchecked Sendable {
  /// How far the ring is read.
  @usableFromInline let consumer: UnsafeMutableRawPointer

  /// How far it is written.
  @usableFromInline let producer: UnsafeMutableRawPointer

  /// The records.
  @usableFromInline let records: UnsafeMutableRawPointer

  /// Bytes of the ring, a power of two.
  @usableFromInline let byteCount: UInt

  init(
    consumer: UnsafeMutableRawPointer, producer: UnsafeMutableRawPointer, records: UnsafeMutableRawPointer,
    byteCount: Int
  ) {
    unsafe (self.consumer, self.producer, self.records) = (consumer, producer, records)
    self.byteCount = UInt(byteCount)
  }

  /// How far the ring is read. What was stored before is seen by whoever loads it.
  @inlinable
  var consumerPosition: UInt {
    get { unsafe RingMemory.atomic(consumer, UInt.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(consumer, UInt.self).pointee.store(newValue, ordering: .releasing)
    }
  }

  /// How far the ring is written; records before it may still be busy.
  @inlinable
  var producerPosition: UInt {
    get { unsafe RingMemory.atomic(producer, UInt.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(producer, UInt.self).pointee.store(newValue, ordering: .releasing)
    }
  }

  /// How far the ring's writers have given up records that were not read. Linux 6.19.
  ///
  /// It is the third word of the writers' page: before it are how far the ring is written, and up to where all is
  /// submitted, which is the kernel's own business (`pending_pos` of `struct bpf_ringbuf`).
  var overwrittenPosition: UInt {
    let word = unsafe producer + 2 * MemoryLayout<UInt>.size
    return unsafe RingMemory.atomic(word, UInt.self).pointee.load(ordering: .acquiring)
  }

  /// What stands before the record at a position, a multiple of 8.
  @inlinable
  func header(at position: UInt) -> RecordHeader {
    let word = unsafe RingMemory.atomic(address(position), UInt32.self)
    return unsafe RecordHeader(word: word.pointee.load(ordering: .acquiring))
  }

  /// Says what stands before the record at a position.
  func setHeader(_ header: RecordHeader, at position: UInt) {
    let word = unsafe RingMemory.atomic(address(position), UInt32.self)
    unsafe word.pointee.store(header.word, ordering: .releasing)
  }

  /// Where a position is. From there on as many bytes as the ring has are there.
  @inlinable
  func address(_ position: UInt) -> UnsafeMutableRawPointer {
    unsafe records + Int(bitPattern: position & (byteCount &- 1))
  }

  /// Where the bytes of the record at a position are, behind its header.
  @inlinable @inline(__always)
  func bytes(at position: UInt) -> UnsafeMutableRawPointer {
    unsafe address(position) + Int(bitPattern: RecordHeader.byteCount)
  }

  @inlinable @inline(__always)
  static func atomic<Word>(_ address: UnsafeMutableRawPointer, _ type: Word.Type) -> UnsafePointer<
    Atomic<Word>
  > {
    // `Atomic` is a word in memory and nothing else.
    unsafe UnsafePointer(address.assumingMemoryBound(to: Atomic<Word>.self))
  }
}

/// What stands before each record of a ring: its length and state, and four bytes that are the kernel's own.
@usableFromInline
struct RecordHeader {
  @usableFromInline var word: UInt32

  @inlinable
  init(word: UInt32) { self.word = word }

  /// Of a record whose bytes are not yet written. `BPF_RINGBUF_BUSY_BIT`.
  @inlinable static var busy: UInt32 { 1 << 31 }
  /// Of a record that is not to be read. `BPF_RINGBUF_DISCARD_BIT`.
  @inlinable static var discarded: UInt32 { 1 << 30 }
  /// Bytes before a record. `BPF_RINGBUF_HDR_SZ`.
  @inlinable static var byteCount: UInt { 8 }

  @inlinable var isBusy: Bool { word & RecordHeader.busy != 0 }
  @inlinable var isDiscarded: Bool { word & RecordHeader.discarded != 0 }
  @inlinable var length: UInt { UInt(word & ~(RecordHeader.busy | RecordHeader.discarded)) }

  /// Bytes from this record to the next.
  @inlinable var stride: UInt { (length + RecordHeader.byteCount + 7) & ~7 }
}
