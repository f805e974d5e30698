//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFEvents
@testable import BPFSyscall
import FuzzSupport

/// Fuzzes readers and writers of ring memory with arbitrary contents: ring buffers, overwriting ones, perf buffers, and
/// user ring buffers.
///
/// An input is three positions of eight bytes, followed by the contents of the ring.
@main
enum FuzzRing {
  static func main() {
    let user = WrittenRing()
    Fuzzer.run { bytes in
      guard bytes.count >= 24 else { return }
      let positions = [position(in: bytes, at: 0), position(in: bytes, at: 8), position(in: bytes, at: 16)]
      let contents = Array(bytes[24...])
      // The cursors know only that the size is a power of two.
      for byteCount in [64, 1024] {
        Ring(positions, contents, byteCount).read()
        PerfPages(positions, contents, byteCount).read()
      }
      user?.write(positions, contents)
    }
  }

  private static func position(in bytes: [UInt8], at start: Int) -> UInt {
    var position: UInt = 0
    for byte in bytes[start..<start + 8].reversed() { position = position << 8 | UInt(byte) }
    return position
  }
}

/// The memory of a ring buffer, which is mapped twice in a row.
private struct Ring {
  private let bytes: UnsafeMutableRawBufferPointer
  private let positions: UnsafeMutableRawBufferPointer
  private let memory: RingMemory
  private let byteCount: Int

  init(_ values: [UInt], _ contents: [UInt8], _ byteCount: Int) {
    bytes = .allocate(byteCount: 2 * byteCount, alignment: 8)
    positions = .allocate(byteCount: 4 * 8, alignment: 8)
    for index in bytes.indices {
      bytes[index] = index % byteCount < contents.count ? contents[index % byteCount] : 0
    }
    // The consumer's page, then the producer's. Its third word is the end of overwritten records.
    for (index, value) in zip([0, 1, 3], values) {
      positions.storeBytes(of: value, toByteOffset: index * 8, as: UInt.self)
    }
    guard let base = bytes.baseAddress, let page = positions.baseAddress else {
      fatalError("out of memory")
    }
    memory = RingMemory(consumer: page, producer: page + 8, records: base, byteCount: byteCount)
    self.byteCount = byteCount
  }

  func read() {
    var cursor = RingCursor(memory)
    var count = 0
    while let record = cursor.next() {
      check(record)
      count += 1
      Fuzzer.require(count <= byteCount / 8, "there are more records than the ring holds")
    }
    cursor.commit()
    var look = RingCursor(memory)
    Fuzzer.use(look.isAtRecord())
    readOverwriting()
    bytes.deallocate()
    positions.deallocate()
  }

  private func readOverwriting() {
    var cursor = OverwritingCursor(memory)
    var copy: [UInt8] = []
    var count = 0
    while let step = cursor.next(&copy) {
      switch step {
      case .record(let length):
        Fuzzer.require(length <= copy.count && copy.count <= byteCount, "a record of \(length)")
      case .overwritten(let lost): Fuzzer.require(lost > 0, "\(lost) bytes were overwritten")
      }
      count += 1
      Fuzzer.require(count <= byteCount / 8 + 1, "there are more records than the ring holds")
    }
    cursor.commit()
    Fuzzer.use(cursor.hasUnread())
  }

  private func check(_ record: UnsafeRawBufferPointer) {
    Fuzzer.require(record.count <= byteCount - 8, "a record of \(record.count) bytes")
    Fuzzer.use(record.reduce(0, &+))
  }
}

/// The memory of a perf buffer: a page with the positions, and the records.
private struct PerfPages {
  private let pages: UnsafeMutableRawBufferPointer
  private let memory: PerfMemory

  init(_ values: [UInt], _ contents: [UInt8], _ byteCount: Int) {
    let page = 4096
    pages = .allocate(byteCount: page + byteCount, alignment: 4096)
    for index in pages.indices {
      pages[index] = index >= page && index - page < contents.count ? contents[index - page] : 0
    }
    pages.storeBytes(of: UInt64(values[0]), toByteOffset: PerfOutput.tail, as: UInt64.self)
    pages.storeBytes(of: UInt64(values[1]), toByteOffset: PerfOutput.head, as: UInt64.self)
    guard let base = pages.baseAddress else { fatalError("out of memory") }
    memory = PerfMemory(base, pageSize: page, byteCount: byteCount)
  }

  func read() {
    let head = memory.head
    while memory.tail != head, let header = memory.header(at: memory.tail, before: head) {
      let sum = memory.withRecord(at: memory.tail, header.byteCount) { $0.reduce(0, &+) }
      Fuzzer.use((header.type, sum))
      memory.tail = memory.tail &+ UInt64(header.byteCount)
    }
    pages.deallocate()
  }
}

/// A user ring buffer with contents that a killed writer may have left behind.
private final class WrittenRing {
  private let map: MapHandle
  private let memory: OwnedMapping

  /// Creates the ring. Returns `nil` without the privileges, and before Linux 6.1.
  init?() {
    do {
      map = try MapHandle(type: .userRingBuf, keySize: 0, valueSize: 0, maxEntries: 4096)
      memory = try map.withFileDescriptor { (map) throws(Errno) in
        try OwnedMapping(map, offset: 4096, byteCount: 2 * 4096, isWritable: true)
      }
    } catch {
      return nil
    }
  }

  func write(_ positions: [UInt], _ contents: [UInt8]) {
    memory.base.storeBytes(of: positions[1], as: UInt.self)
    for (index, byte) in contents.prefix(4096).enumerated() {
      memory.base.storeBytes(of: byte, toByteOffset: 4096 + index, as: UInt8.self)
    }
    guard let ring = Fuzzer.attempt(body: { () throws(BPFError) in try UserRingBuffer(map) }) else { return }
    Fuzzer.require((0...4096).contains(ring.freeBytes), "\(ring.freeBytes) bytes are free")
    for count in [0, 8, 100, 4088] {
      Fuzzer.use(
        Fuzzer.attempt(.malformed) { () throws(BPFError) in try ring.send([UInt8](repeating: 1, count: count))
        })
    }
  }
}
