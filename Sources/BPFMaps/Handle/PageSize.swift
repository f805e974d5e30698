//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// Pages of memory, the unit of ring buffers and arenas.
package enum Page {
  /// Bytes of one page on this machine: 4 KiB on x86; 4, 16 or 64 KiB on arm64, as the kernel was built. sysconf(3).
  package static let size = sysconf(Int32(_SC_PAGESIZE))

  /// Returns the bytes of the whole pages that a number of bytes takes.
  package static func roundUp(_ byteCount: Int, pageSize: Int = Page.size) -> Int {
    (byteCount + pageSize - 1) & ~(pageSize - 1)
  }

  /// Returns the offset of the page that has the byte at an offset.
  package static func start(of offset: UInt64, pageSize: Int = Page.size) -> UInt64 {
    offset & ~UInt64(pageSize - 1)
  }

  /// Returns the smallest size of a ring buffer that holds a number of bytes: a power of two, and whole pages.
  package static func ringSize(_ byteCount: Int, pageSize: Int = Page.size) -> Int {
    let size = max(byteCount, pageSize)
    return size & (size - 1) == 0 ? size : 1 << (Int.bitWidth - size.leadingZeroBitCount)
  }
}
