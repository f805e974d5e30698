//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary

/// The memory page size, the unit of ring buffers and arenas.
package enum Page {
  /// The size of a page in bytes: 4 KiB on x86; 4, 16 or 64 KiB on arm64, depending on the kernel's configuration.
  /// sysconf(3).
  package static let size = sysconf(Int32(_SC_PAGESIZE))

  /// Returns a number of bytes rounded up to whole pages.
  package static func roundUp(_ byteCount: Int, pageSize: Int = Page.size) -> Int {
    (byteCount + pageSize - 1) & ~(pageSize - 1)
  }

  /// Returns the offset of the page that contains the byte at the given offset.
  package static func start(of offset: UInt64, pageSize: Int = Page.size) -> UInt64 {
    offset & ~UInt64(pageSize - 1)
  }

  /// Returns the smallest ring buffer size that holds a number of bytes: a power of two and a multiple of the page
  /// size.
  package static func ringSize(_ byteCount: Int, pageSize: Int = Page.size) -> Int {
    let size = max(byteCount, pageSize)
    return size & (size - 1) == 0 ? size : 1 << (Int.bitWidth - size.leadingZeroBitCount)
  }
}
