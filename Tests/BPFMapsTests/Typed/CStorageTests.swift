//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@Suite("C storage")
struct CStorageTests {
  @Test("Has the size and alignment of its words")
  func layout() {
    #expect(MemoryLayout<CStorage<7, UInt8>>.size == 7)
    #expect(MemoryLayout<CStorage<7, UInt8>>.stride == 7)
    #expect(MemoryLayout<CStorage<2, UInt64>>.size == 16)
    #expect(MemoryLayout<CStorage<2, UInt64>>.alignment == 8)
  }

  @Test("Members may be unaligned")
  func members() {
    var storage = CStorage<7, UInt8>()
    storage.store(UInt32(0x0102_0304).littleEndian, at: 1)
    storage.store(UInt16(0x0506).littleEndian, at: 5)
    #expect((0..<7).map { storage.load(UInt8.self, at: $0) } == [0, 4, 3, 2, 1, 6, 5])
    #expect(UInt32(littleEndian: storage.load(at: 1)) == 0x0102_0304)
  }

  @Test(
    "A bit-field changes only its own bits", arguments: [(0, 1), (1, 5), (6, 4), (10, 40), (0, 64), (63, 1)])
  func bitFields(_ offset: Int, _ count: Int) {
    var storage = CStorage<1, UInt64>()
    storage.setBits(at: offset, count: count, to: .max)
    #expect(storage.load(UInt64.self, at: 0).nonzeroBitCount == count)
    #expect(storage.bits(at: offset, count: count) == .max >> (64 - count))
    #expect(storage.signedBits(at: offset, count: count) == -1)
    storage.setBits(at: offset, count: count, to: 0)
    #expect(storage == CStorage())
  }

  @Test("Two storages are equal if all their bytes are equal")
  func equality() {
    var one = CStorage<3, UInt16>()
    one.store(UInt8(1), at: 5)
    #expect(one != CStorage())
    #expect(Set([one, one, CStorage()]).count == 2)
  }

  @Test("A string in an array of characters ends at the first NUL")
  func text() {
    #expect(String([104, 105, 0, 33] as InlineArray<4, UInt8>) == "hi")
    #expect(String([104, 105] as InlineArray<2, UInt8>) == "hi")
    #expect(String([0] as InlineArray<1, UInt8>) == "")
    #expect(String([0xff] as InlineArray<1, UInt8>) == "\u{fffd}")
  }
}
