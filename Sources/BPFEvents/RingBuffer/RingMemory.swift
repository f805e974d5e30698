//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// The memory of a ring: the positions of the reader and the writer, and the records between them.
///
/// Positions count bytes from the ring's beginning, and never wrap around. The records are mapped twice, one copy after
/// the other, so that a record that crosses the end is contiguous.
///
/// Several threads may use it: each word that another side writes is loaded and stored atomically, and no position
/// leads out of the ring. The owner keeps the memory mapped (``MappedRing``), and reads only bytes of records between
/// the positions.
@usableFromInline
@safe struct RingMemory: @unchecked Sendable {
  /// The address of the page with the reader's position.
  @usableFromInline let consumer: UnsafeMutableRawPointer

  /// The address of the page with the writer's position.
  @usableFromInline let producer: UnsafeMutableRawPointer

  /// The address of the records.
  @usableFromInline let records: UnsafeMutableRawPointer

  /// The size of the ring, a power of two.
  @usableFromInline let byteCount: UInt

  init(
    consumer: UnsafeMutableRawPointer, producer: UnsafeMutableRawPointer, records: UnsafeMutableRawPointer,
    byteCount: Int
  ) {
    unsafe (self.consumer, self.producer, self.records) = (consumer, producer, records)
    self.byteCount = UInt(byteCount)
  }

  /// The reader's position. A thread that loads it also sees what was stored before it.
  @inlinable
  var consumerPosition: UInt {
    get { unsafe RingMemory.atomic(consumer, UInt.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(consumer, UInt.self).pointee.store(newValue, ordering: .releasing)
    }
  }

  /// The writer's position; records before it may still be busy.
  @inlinable
  var producerPosition: UInt {
    get { unsafe RingMemory.atomic(producer, UInt.self).pointee.load(ordering: .acquiring) }
    nonmutating set {
      unsafe RingMemory.atomic(producer, UInt.self).pointee.store(newValue, ordering: .releasing)
    }
  }

  /// The end of the unread records that the writers have given up. Linux 6.19.
  ///
  /// It is the third word of the writers' page. The first is the writers' position, and the second the position up to
  /// which all records are submitted, which only the kernel uses (`pending_pos` of `struct bpf_ringbuf`).
  var overwrittenPosition: UInt {
    let word = unsafe producer + 2 * MemoryLayout<UInt>.size
    return unsafe RingMemory.atomic(word, UInt.self).pointee.load(ordering: .acquiring)
  }

  /// Returns the header of the record at a position, a multiple of 8.
  @inlinable
  func header(at position: UInt) -> RecordHeader {
    let word = unsafe RingMemory.atomic(address(position), UInt32.self)
    return unsafe RecordHeader(word: word.pointee.load(ordering: .acquiring))
  }

  /// Sets the header of the record at a position.
  func setHeader(_ header: RecordHeader, at position: UInt) {
    let word = unsafe RingMemory.atomic(address(position), UInt32.self)
    unsafe word.pointee.store(header.word, ordering: .releasing)
  }

  /// Returns the address of a position, where as many contiguous bytes are mapped as the ring has.
  @inlinable
  func address(_ position: UInt) -> UnsafeMutableRawPointer {
    unsafe records + Int(bitPattern: position & (byteCount &- 1))
  }

  /// Returns the address of the bytes of the record at a position, after its header.
  @inlinable @inline(__always)
  func bytes(at position: UInt) -> UnsafeMutableRawPointer {
    unsafe address(position) + Int(bitPattern: RecordHeader.byteCount)
  }

  @inlinable @inline(__always)
  static func atomic<Word>(_ address: UnsafeMutableRawPointer, _ type: Word.Type) -> UnsafePointer<
    Atomic<Word>
  > {
    // `Atomic` has the layout of a plain word in memory.
    unsafe UnsafePointer(address.assumingMemoryBound(to: Atomic<Word>.self))
  }
}

/// The header of a record: its length and state, and four bytes that only the kernel uses.
@usableFromInline
struct RecordHeader {
  @usableFromInline var word: UInt32

  @inlinable
  init(word: UInt32) { self.word = word }

  /// The flag of a record that is still being written. `BPF_RINGBUF_BUSY_BIT`.
  @inlinable static var busy: UInt32 { 1 << 31 }
  /// The flag of a record that is not to be read. `BPF_RINGBUF_DISCARD_BIT`.
  @inlinable static var discarded: UInt32 { 1 << 30 }
  /// The size of a header. `BPF_RINGBUF_HDR_SZ`.
  @inlinable static var byteCount: UInt { 8 }

  @inlinable var isBusy: Bool { word & RecordHeader.busy != 0 }
  @inlinable var isDiscarded: Bool { word & RecordHeader.discarded != 0 }
  @inlinable var length: UInt { UInt(word & ~(RecordHeader.busy | RecordHeader.discarded)) }

  /// The number of bytes from this record to the next.
  @inlinable var stride: UInt { (length + RecordHeader.byteCount + 7) & ~7 }
}
