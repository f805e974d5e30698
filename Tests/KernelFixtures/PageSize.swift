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

/// Bytes of a page of this machine: 4, 16 or 64 KiB. It is the size of the smallest ring that the kernel makes.
package let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
