//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Testing

@Suite("Memory pages")
struct PageTests {
  @Test("Rounds byte counts up to whole pages", arguments: [4096, 16384, 65536])
  func roundingUp(pageSize: Int) {
    for (byteCount, pages) in [(0, 0), (1, 1), (pageSize - 1, 1), (pageSize, 1), (pageSize + 1, 2)] {
      #expect(Page.roundUp(byteCount, pageSize: pageSize) == pages * pageSize, "\(byteCount)")
    }
  }

  @Test("Returns the start of an offset's page", arguments: [4096, 16384, 65536])
  func starts(pageSize: Int) {
    let size = UInt64(pageSize)
    for (offset, page) in [(0, 0), (1, 0), (size - 1, 0), (size, 1), (3 * size + 7, 3)] as [(UInt64, UInt64)]
    {
      #expect(Page.start(of: offset, pageSize: pageSize) == page * size, "\(offset)")
    }
  }

  @Test("A ring's size is a power of two, and at least a page", arguments: [4096, 16384, 65536])
  func rings(pageSize: Int) {
    for (byteCount, expected) in [
      (0, pageSize), (1, pageSize), (pageSize, pageSize), (pageSize + 1, 2 * pageSize), (1 << 20, 1 << 20),
      ((1 << 20) + 1, 1 << 21),
    ] {
      let size = Page.ringSize(byteCount, pageSize: pageSize)
      #expect(size == expected && size % pageSize == 0, "\(byteCount)")
    }
  }
}
