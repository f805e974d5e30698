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

/// Sets permanent limits of the process, for tests that run in a process of their own.
package enum ProcessLimit {
  /// Limits the number of open descriptors.
  package static func descriptors(_ count: UInt) throws(FixtureError) {
    try set(RLIMIT_NOFILE, count, "descriptors")
  }

  /// Limits the address space. Beyond the limit allocations fail, and Swift ends the process.
  ///
  /// Sets no limit under a sanitizer, since its shadow memory alone takes more.
  package static func memory(_ bytes: UInt) throws(FixtureError) {
    guard !KernelAccess.isSanitized else { return }
    try set(RLIMIT_AS, bytes, "bytes of memory")
  }

  /// Limits locked memory. Kernels before 5.11 charge maps and programs to it.
  package static func lockedMemory(_ bytes: UInt) throws(FixtureError) {
    try set(__RLIMIT_MEMLOCK, bytes, "bytes of locked memory")
  }

  /// Runs `body` while the process can open no descriptor: open(2) fails with `EMFILE`.
  package static func withoutDescriptors<R>(_ body: () throws -> R) throws -> R {
    var before = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) == 0 else {
      throw FixtureError(operation: "read the limit on descriptors", errno: Errno(rawValue: errno))
    }
    var none = rlimit(rlim_cur: 0, rlim_max: before.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
    return try body()
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
