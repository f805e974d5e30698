//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import BPFMaps

@Suite("Key order")
struct KeyOrderTests {
  @Test("Indices are ordered as numbers, not as bytes")
  func indices() {
    #expect(KeyOrder.index.isKey([0, 1, 0, 0], after: [255, 0, 0, 0]))
    #expect(!KeyOrder.index.isKey([7, 0, 0, 0], after: [7, 0, 0, 0]))
    #expect(!KeyOrder.index.isKey([1, 0, 0, 0], after: [0, 0, 0, 1]))
  }

  @Test("Longer prefixes come first, then zero bits before one bits")
  func prefixes() {
    func prefix(_ length: UInt8, _ first: UInt8, _ second: UInt8 = 0) -> ArraySlice<UInt8> {
      [length, 0, 0, 0, first, second]
    }
    let ordered = [
      prefix(16, 10, 0), prefix(16, 10, 1), prefix(9, 10, 0), prefix(16, 10, 128), prefix(8, 10),
      prefix(8, 11), prefix(7, 10), prefix(1, 0), prefix(8, 192), prefix(2, 192), prefix(0, 0),
    ]
    for (index, earlier) in ordered.enumerated() {
      #expect(!KeyOrder.prefix.isKey(earlier, after: earlier))
      for later in ordered[(index + 1)...] {
        #expect(KeyOrder.prefix.isKey(later, after: earlier), "\(later) after \(earlier)")
        #expect(!KeyOrder.prefix.isKey(earlier, after: later), "\(earlier) not after \(later)")
      }
    }
  }

  @Test("Bits after the prefix are ignored")
  func bitsAfterPrefix() {
    #expect(!KeyOrder.prefix.isKey([4, 0, 0, 0, 0xff], after: [4, 0, 0, 0, 0xf0]))
    #expect(!KeyOrder.prefix.isKey([4, 0, 0, 0, 0xf0], after: [4, 0, 0, 0, 0xff]))
    // A length beyond the data, which the kernel never stores, must not cause reads beyond the data.
    #expect(!KeyOrder.prefix.isKey([200, 0, 0, 0, 1], after: [200, 0, 0, 0, 1]))
  }
}
