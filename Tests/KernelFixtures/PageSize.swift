//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The machine's page size: 4, 16 or 64 KiB. It is also the minimum size of a ring buffer.
package let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
