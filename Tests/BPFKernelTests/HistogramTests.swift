//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFKernel
import Testing

/// Tests on the host that a value has the slot that the library and C count it in.
@Suite("Histogram in kernel code")
struct HistogramTests {
  @Test("A slot is the index of the highest bit, and 0 also counts the value 0")
  func slots() {
    #expect(log2Slot(0) == 0)
    for slot in 0..<64 {
      #expect(log2Slot(1 << slot) == slot)
      #expect(log2Slot((1 << slot) | ((1 << slot) - 1)) == slot)
    }
  }
}
