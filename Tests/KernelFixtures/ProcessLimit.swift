//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Limits of this whole process, for good: for tests that run in a process of their own.
package enum ProcessLimit {
  /// Lets it have no more than `count` descriptors.
  package static func descriptors(_ count: UInt) throws(FixtureError) {
    try set(RLIMIT_NOFILE, count, "descriptors")
  }

  /// Lets it have no more than `bytes` of address space: beyond, allocations fail, and Swift ends the process.
  ///
  /// Under a sanitizer, whose shadow alone takes more, there is no limit.
  package static func memory(_ bytes: UInt) throws(FixtureError) {
    guard getenv("SWIFT_BPF_SANITIZER") == nil else { return }
    try set(RLIMIT_AS, bytes, "bytes of memory")
  }

  private static func set(
    _ resource: __rlimit_resource, _ value: UInt, _ unit: String
  ) throws(FixtureError) {
    var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
    guard setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else {
      throw FixtureError(operation: "limit the process to \(value) \(unit)", errno: Errno(rawValue: errno))
    }
  }
}
