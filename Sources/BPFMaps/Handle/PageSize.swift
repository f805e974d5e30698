//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// Pages of memory, the unit of ring buffers and arenas.
package enum Page {
  /// Bytes of one page on this machine.
  package static let size = sysconf(Int32(_SC_PAGESIZE))
}
