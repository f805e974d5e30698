//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@testable import BPFEvents
import KernelFixtures
import Synchronization
import Testing

/// A simulation of a ring that overwrites its oldest records, written as the kernel writes it. Unlike a mapped ring, it
/// is not mapped twice, but has as much memory after its end.
private final class SimulatedRing: @unchecked Sendable {
  private let pages: UnsafeMutableRawPointer
  private let byteCount: UInt
  let memory: RingMemory
  /// The end of the submitted records. Only the writer uses it.
  private var pending: UInt = 0

  init(byteCount: Int = 4096, from start: UInt = 0) {
    pages = .allocate(byteCount: 4096 + 2 * byteCount, alignment: 4096)
    pages.initializeMemory(as: UInt8.self, repeating: 0, count: 4096 + 2 * byteCount)
    self.byteCount = UInt(byteCount)
    memory = RingMemory(consumer: pages, producer: pages + 64, records: pages + 4096, byteCount: byteCount)
    (memory.consumerPosition, memory.producerPosition, pending) = (start, start, start)
    setOverwritten(start)
  }

  deinit { pages.deallocate() }

  /// The overwrite position follows the writers' position and `pending_pos`.
  func setOverwritten(_ position: UInt) {
    RingMemory.atomic(pages + 64 + 16, UInt.self).pointee.store(position, ordering: .releasing)
  }

  /// Reserves space for a record as the kernel does: gives up as many records as necessary, but none that is not
  /// submitted.
  func reserve(_ length: Int) -> UInt? {
    let (position, header) = (memory.producerPosition, RecordHeader(word: UInt32(length) | RecordHeader.busy))
    let end = position &+ header.stride
    while pending != position, !memory.header(at: pending).isBusy {
      pending &+= memory.header(at: pending).stride
    }
    guard end &- pending < byteCount else { return nil }
    var oldest = memory.overwrittenPosition
    while end &- oldest >= byteCount { oldest &+= memory.header(at: oldest).stride }
    setOverwritten(oldest)
    memory.setHeader(header, at: position)
    memory.producerPosition = end
    return position
  }

  /// Submits a record with all bytes the same, or discards it.
  func finish(_ position: UInt, _ byte: UInt8, isDiscarded: Bool = false) {
    let length = Int(memory.header(at: position).length)
    (memory.address(position) + 8).initializeMemory(as: UInt8.self, repeating: byte, count: length)
    memory.setHeader(
      RecordHeader(word: UInt32(length) | (isDiscarded ? RecordHeader.discarded : 0)), at: position)
  }

  func write(_ length: Int, _ byte: UInt8) {
    guard let position = reserve(length) else {
      Issue.record("there is always space")
      return
    }
    finish(position, byte)
  }

  /// Returns the items that a cursor finds: the first byte and the length of each record, and the overwritten bytes
  /// before it.
  func items(limit: Int = .max) -> [String]? {
    var (cursor, copy, found) = (OverwritingCursor(memory), [UInt8](), [String]())
    while found.count < limit, let step = cursor.next(&copy) {
      switch step {
      case .record(let count): found.append("\(copy[0])x\(count)")
      case .overwritten(let count): found.append("-\(count)")
      }
      cursor.commit()
    }
    if cursor.isDamaged { return nil }
    cursor.commit()
    return found
  }

  var hasUnread: Bool {
    var cursor = OverwritingCursor(memory)
    return cursor.hasUnread()
  }
}

@Suite("Cursors over rings that overwrite their oldest records", .notEmulated(.asksNoKernel))
struct OverwritingCursorTests {
  @Test("Nothing is lost while there is space", arguments: [0, UInt(1) << 40, UInt.max - 63] as [UInt])
  func space(start: UInt) {
    let ring = SimulatedRing(from: start)
    #expect(!ring.hasUnread && ring.items() == [])
    for number in UInt8(1)...3 { ring.write(Int(number) * 10, number) }
    #expect(ring.hasUnread)
    #expect(ring.items(limit: 1) == ["1x10"])
    #expect(ring.items() == ["2x20", "3x30"])
    #expect(!ring.hasUnread && ring.items() == [])
  }

  @Test(
    "Reports overwritten data in bytes, in order with the records", arguments: [0, UInt.max - 4095] as [UInt])
  func full(start: UInt) {
    let ring = SimulatedRing(from: start)
    // Each record takes 1024 bytes. Three of them are smaller than the ring.
    for number in UInt8(1)...10 { ring.write(1016, number) }
    #expect(ring.hasUnread)
    #expect(ring.items() == ["-7168", "8x1016", "9x1016", "10x1016"])
    ring.write(1016, 11)
    #expect(ring.items() == ["11x1016"])
    for number in UInt8(12)...14 { ring.write(2000, number) }
    #expect(ring.items() == ["-2008", "13x2000", "14x2000"])
  }

  @Test("A busy record stops the cursor, and records before it are still overwritten")
  func busy() {
    let ring = SimulatedRing()
    ring.write(1016, 1)
    guard let second = ring.reserve(1016) else {
      Issue.record("there is space for the record")
      return
    }
    ring.write(1016, 3)
    #expect(ring.items() == ["1x1016"])
    #expect(!ring.hasUnread)
    // No record overwrites the busy one.
    ring.write(500, 4)
    #expect(ring.reserve(2000) == nil)
    ring.finish(second, 2)
    #expect(ring.hasUnread)
    ring.write(2000, 5)
    #expect(ring.items() == ["-1024", "3x1016", "4x500", "5x2000"])
  }

  @Test("Skips discarded records")
  func discarded() throws {
    let ring = SimulatedRing()
    let first = try #require(ring.reserve(8))
    ring.finish(first, 1, isDiscarded: true)
    #expect(!ring.hasUnread)
    #expect(ring.memory.consumerPosition == 16)
    ring.write(8, 2)
    let third = try #require(ring.reserve(24))
    ring.finish(third, 3, isDiscarded: true)
    #expect(ring.items() == ["2x8"])
    #expect(ring.memory.consumerPosition == ring.memory.producerPosition)
  }

  @Test("Skips records that are overwritten while the cursor reads them")
  func overtaken() {
    let ring = SimulatedRing()
    for number in UInt8(1)...3 { ring.write(1016, number) }
    var (cursor, copy) = (OverwritingCursor(ring.memory), [UInt8]())
    #expect(cursor.next(&copy) == .record(byteCount: 1016))
    for number in UInt8(4)...9 { ring.write(1016, number) }
    #expect(cursor.next(&copy) == .overwritten(byteCount: 5 * 1024))
    #expect(cursor.next(&copy) == nil && !cursor.isDamaged)
    cursor.commit()
    #expect(ring.items() == ["7x1016", "8x1016", "9x1016"])
  }

  @Test(
    "Invalid positions and lengths are damage",
    arguments: [(4, 64, 8), (64, 32, 8), (0, 64, 57), (0, 64, 1 << 30 - 1)] as [(UInt, UInt, UInt32)]
  )
  func damage(read: UInt, written: UInt, length: UInt32) {
    let ring = SimulatedRing()
    (ring.memory.consumerPosition, ring.memory.producerPosition) = (read, written)
    ring.memory.setHeader(RecordHeader(word: length), at: 0)
    #expect(ring.items() == nil)
    #expect(ring.memory.consumerPosition == read)
  }

  @Test(
    "Reads at most the ring's size, however far away the consumer's position is",
    arguments: [0, 1 << 62, 4104, UInt.max - 4103] as [UInt])
  func distant(written: UInt) {
    let ring = SimulatedRing()
    // The records of a zeroed ring look empty. Without the check, the cursor counts 2^59 of them, or as many steps.
    (ring.memory.consumerPosition, ring.memory.producerPosition) = (0, written)
    #expect(ring.items() == (written == 0 ? [] : nil))
    #expect(ring.hasUnread == (written != 0))
  }

  @Test("An unaligned overwrite position is damage")
  func unalignedOverwritten() {
    let ring = SimulatedRing()
    ring.write(8, 1)
    ring.setOverwritten(12)
    #expect(ring.items() == nil)
  }

  @Test(
    "Beside a much faster writer, each record is intact, and missing data is counted to the byte")
  func race() throws {
    let ring = SimulatedRing(byteCount: 8192)
    let isOver = Flag()
    let writer = Worker.start {
      for round in 0..<400_000 {
        // Long and short records; each byte identifies its record.
        ring.write(8 + round % 61 * 8, UInt8(truncatingIfNeeded: round))
      }
      isOver.set()
    }
    var (read, overwritten, records, torn) = (UInt(0), 0, 0, 0)
    while true {
      let isLast = isOver.isSet
      var (cursor, copy) = (OverwritingCursor(ring.memory), [UInt8]())
      while let step = cursor.next(&copy) {
        switch step {
        case .record(let count):
          records += 1
          read += UInt(count) + 8
          if !copy[..<count].allSatisfy({ $0 == copy[0] }) { torn += 1 }
        case .overwritten(let count): overwritten += count
        }
        cursor.commit()
      }
      #expect(!cursor.isDamaged)
      if isLast || cursor.isDamaged { break }
    }
    try writer.join()
    #expect(records > 0 && torn == 0)
    #expect(read + UInt(overwritten) == ring.memory.producerPosition)
    #expect(ring.memory.consumerPosition == ring.memory.producerPosition)
  }
}
