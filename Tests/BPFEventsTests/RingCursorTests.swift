//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@testable import BPFEvents
import Testing

/// Tests of cursors over memory that no kernel wrote.
@Suite("Cursors over rings", .notEmulated(.asksNoKernel))
struct RingCursorTests {
  /// A ring of 4096 bytes that the test writes instead of the kernel. Unlike a mapped ring, it does not wrap around.
  private final class Fake {
    private let pages = UnsafeMutableRawPointer.allocate(byteCount: 3 * 4096, alignment: 4096)
    let memory: RingMemory

    init(read: UInt = 0, written: UInt = 0) {
      pages.initializeMemory(as: UInt8.self, repeating: 0, count: 3 * 4096)
      memory = RingMemory(consumer: pages, producer: pages + 64, records: pages + 4096, byteCount: 4096)
      (memory.consumerPosition, memory.producerPosition) = (read, written)
    }

    deinit { pages.deallocate() }

    /// Returns the lengths of the records that a cursor finds; nil if it finds damage.
    func lengths() -> [Int]? {
      var cursor = RingCursor(memory)
      var lengths: [Int] = []
      while let record = cursor.next() {
        lengths.append(record.count)
        cursor.commit()
      }
      cursor.commit()
      return cursor.isDamaged ? nil : lengths
    }

    /// Returns whether a waiting reader would find a record.
    func hasRecord() -> Bool {
      var cursor = RingCursor(memory)
      return cursor.isAtRecord()
    }

    func setHeader(_ word: UInt32, at position: UInt) {
      memory.setHeader(RecordHeader(word: word), at: position)
    }
  }

  @Test("A busy record stops the cursor, and the next cursor starts with it")
  func busy() {
    let ring = Fake(written: 64)
    ring.setHeader(5, at: 0)
    ring.setHeader(RecordHeader.busy | 8, at: 16)
    ring.setHeader(24, at: 32)
    #expect(ring.lengths() == [5])
    #expect(ring.memory.consumerPosition == 16)
    #expect(!ring.hasRecord())
    ring.setHeader(8, at: 16)
    #expect(ring.hasRecord())
    #expect(ring.lengths() == [8, 24])
    #expect(ring.memory.consumerPosition == 64)
  }

  @Test("Skips discarded records, which a wait counts as read")
  func discarded() {
    let ring = Fake(written: 48)
    ring.setHeader(RecordHeader.discarded | 8, at: 0)
    ring.setHeader(RecordHeader.discarded | 1, at: 16)
    ring.setHeader(RecordHeader.busy, at: 32)
    #expect(!ring.hasRecord())
    #expect(ring.memory.consumerPosition == 32)
    #expect(ring.lengths() == [])
  }

  @Test("Finds a record that is completed while discarded ones are skipped, without a wake-up")
  func completedMeanwhile() {
    let ring = Fake(written: 16)
    ring.setHeader(RecordHeader.discarded | 8, at: 0)
    var cursor = RingCursor(ring.memory)
    // The kernel found the ring unread up to this record, and sent no wake-up.
    ring.setHeader(8, at: 16)
    ring.memory.producerPosition = 32
    let isSeen = cursor.isAtRecord()
    #expect(isSeen)
    #expect(ring.memory.consumerPosition == 16)
    #expect(ring.lengths() == [8])
  }

  @Test("Damage ends a wait")
  func damageEndsWaits() {
    let ring = Fake(written: 24)
    ring.setHeader(17, at: 0)
    var cursor = RingCursor(ring.memory)
    let isSeen = cursor.isAtRecord()
    #expect(!isSeen && cursor.isDamaged)
  }

  @Test("Handles positions beyond 32 bits, and their overflow")
  func largePositions() {
    for start in [UInt(1) << 32 - 16, UInt(1) << 40, UInt.max - 15] {
      let ring = Fake(read: start, written: start &+ 32)
      ring.setHeader(8, at: start)
      ring.setHeader(3, at: start &+ 16)
      #expect(ring.lengths() == [8, 3])
      #expect(ring.memory.consumerPosition == start &+ 32)
    }
  }

  @Test(
    "Reads nothing beyond the writer's position", arguments: [17, 4096, 1 << 29, 1 << 30 - 1] as [UInt32])
  func length(word: UInt32) {
    let ring = Fake(written: 24)
    ring.setHeader(word, at: 0)
    #expect(ring.lengths() == nil)
    #expect(ring.memory.consumerPosition == 0)
    #expect(!ring.hasRecord())
  }

  @Test(
    "Invalid positions are damage",
    arguments: [(4, 64), (64, 32), (0, 4104), (0, .max)] as [(UInt, UInt)])
  func positions(read: UInt, written: UInt) {
    let ring = Fake(read: read, written: written)
    #expect(ring.lengths() == nil)
    #expect(ring.memory.consumerPosition == read)
  }

  @Test("A record may fill the whole ring, or be empty")
  func extremes() {
    let ring = Fake(written: 4096)
    ring.setHeader(4088, at: 0)
    #expect(ring.lengths() == [4088])
    let empty = Fake(written: 8)
    #expect(empty.lengths() == [0])
  }

  @Test(
    "Skips everything that was written, and then continues",
    arguments: [4, 8192, 1 << 40] as [UInt])
  func skipped(position: UInt) {
    let ring = Fake(read: position, written: 48)
    #expect(ring.lengths() == nil)
    var cursor = RingCursor(ring.memory)
    #expect(cursor.isDamaged)
    cursor.skipToEnd()
    #expect(!cursor.isDamaged && ring.memory.consumerPosition == 48)
    ring.setHeader(8, at: 48)
    ring.memory.producerPosition = 64
    #expect(ring.lengths() == [8])
  }
}
