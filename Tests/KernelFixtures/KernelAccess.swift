//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The privileges of this process. `.ci/run` treats tests skipped for lack of them as failures.
package enum KernelAccess {
  package static let isRoot = geteuid() == 0

  /// Whether the process is root and can create a map.
  package static let isAvailable: Bool = {
    guard isRoot else { return false }
    var arguments = kf_map_arguments()
    (arguments.type, arguments.key_size, arguments.value_size, arguments.max_entries) = (2, 4, 4, 1)
    let map = kf_map_create(&arguments)
    guard map >= 0 else { return false }
    close(map)
    return true
  }()
}

extension KernelAccess {
  /// Whether the tests are instrumented by a sanitizer, as in `.ci/sanitize`.
  package static let isSanitized = getenv("SWIFT_BPF_SANITIZER") != nil

  /// The extent of the tests in a guest of `.ci/kernels`, or `nil` on a real machine.
  package static let emulation: Emulation? = getenv("SWIFT_BPF_EMULATED").map {
    Emulation(rawValue: String(cString: $0)) ?? .whole
  }

  /// Whether the processors are emulated, which makes everything about twenty times slower.
  package static var isEmulated: Bool { emulation != nil }

  /// Returns how often a test repeats an operation to see that nothing accumulates: fewer times in emulation.
  package static func rounds(_ count: Int) -> Int { isEmulated ? max(10, count / 20) : count }

  /// The extent of the tests on emulated processors.
  package enum Emulation: String {
    /// All tests that depend on the kernel.
    case whole
    /// The same without the slowest tests.
    case short
  }

  /// The reason why a test does not run in emulation.
  package enum ExclusionReason: String {
    case asksNoKernel = "it does not depend on the kernel"
    /// Runs on some kernels of the matrix only.
    case takesLong = "it takes long"
    case takesTooLong = "it takes too long"
  }

  package enum SanitizerWork: String {
    /// The leak checker also fails in a process that is traced by ptrace(2).
    case makesSystemCalls = "it makes system calls of its own"
    case readsProc = "it reads /proc"
    case replacesFunctions = "it replaces functions of the C library"
    case delaysSignals = "it delays signals until the next call of the C library"
  }
}

/// A capability, as in capabilities(7).
package enum TestCapability: UInt64 {
  case netAdmin = 12
  case sysAdmin = 21
  case perfmon = 38
  case bpf = 39

  /// Drops all other capabilities from the calling thread permanently. Call it on a separate thread.
  package static func limitThread(to kept: [TestCapability]) throws(FixtureError) {
    try check(kf_limit_capabilities(kept.reduce(0) { $0 | 1 << $1.rawValue }), "drop capabilities")
  }
}

extension Trait where Self == ConditionTrait {
  /// Enables tests that use the running kernel.
  package static var kernel: Self {
    .enabled(if: KernelAccess.isAvailable, "needs root: this process cannot create maps")
  }

  /// Enables tests that compile many kernel modules, which takes hours in emulation, with the generator that was built with
  /// them.
  package static var compilers: Self {
    .enabled(
      if: !KernelAccess.isEmulated && KernelModuleFixture.isGeneratorBuilt,
      KernelAccess.isEmulated
        ? "compiles more kernel modules than an emulated machine can"
        : "needs root: the tests run apart from the generator built with them")
  }

  /// Enables tests that only compile sources of this package, for any user with read access to them.
  package static var sources: Self {
    .enabled(if: access(#filePath, R_OK) == 0, "needs root: this user cannot read the package's sources")
  }

  /// Disables tests on the emulated processors of `.ci/kernels`, or on some of its kernels.
  package static func notEmulated(_ reason: KernelAccess.ExclusionReason) -> Self {
    let isLeftOut =
      switch KernelAccess.emulation {
      case nil: false
      case .whole: reason != .takesLong
      case .short: true
      }
    return .enabled(if: !isLeftOut, "left out in emulation: \(reason.rawValue)")
  }

  /// Disables tests that a sanitizer's own work would fail.
  package static func notSanitized(_ work: KernelAccess.SanitizerWork) -> Self {
    .enabled(if: !KernelAccess.isSanitized, "left out under a sanitizer: \(work.rawValue)")
  }

  /// Enables tests that use bpftool, if it is installed.
  package static var bpftool: Self {
    .enabled(
      if: KernelAccess.isAvailable && Bpftool.isInstalled, "needs root and bpftool (apt install bpftool)")
  }
}
