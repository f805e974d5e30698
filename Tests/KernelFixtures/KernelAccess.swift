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

/// What this machine lets this process do. `.ci/run` takes a test that is skipped for want of it for a failure.
package enum KernelAccess {
  package static let isRoot = geteuid() == 0

  /// Whether the process may use bpf(2) to the full: it is root, and the kernel makes a map for it.
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
  /// How much of the tests a guest of `.ci/kernels` runs; `nil` on a machine of its own.
  package static let emulation: Emulation? = getenv("SWIFT_BPF_EMULATED").map {
    Emulation(rawValue: String(cString: $0)) ?? .whole
  }

  /// Whether the processors are emulated, which makes everything some twenty times slower.
  package static var isEmulated: Bool { emulation != nil }

  /// How often a test repeats something to see that nothing adds up: less often where each takes long.
  package static func rounds(_ count: Int) -> Int { isEmulated ? max(10, count / 20) : count }

  /// What of the tests runs on emulated processors.
  package enum Emulation: String {
    /// What asks the kernel.
    case whole
    /// The same without what takes longest there.
    case short
  }

  /// Why a test does not run in emulation.
  package enum LeftOut: String {
    case asksNoKernel = "it does not depend on the kernel"
    /// On some kernels of the matrix they run.
    case takesLong = "it takes long"
    case takesTooLong = "it takes too long"
  }
}

/// A privilege of capabilities(7).
package enum TestCapability: UInt64 {
  case netAdmin = 12
  case sysAdmin = 21
  case perfmon = 38
  case bpf = 39

  /// Takes every capability but these from the calling thread, for good: call it on a thread of one's own.
  package static func limitThread(to kept: [TestCapability]) throws(FixtureError) {
    try check(kf_limit_capabilities(kept.reduce(0) { $0 | 1 << $1.rawValue }), "drop capabilities")
  }
}

extension Trait where Self == ConditionTrait {
  /// For tests that ask the running kernel.
  package static var kernel: Self {
    .enabled(if: KernelAccess.isAvailable, "needs root: bpf(2) creates no map for this process")
  }

  /// For tests that ask only the compiler, of sources of this package: they run as any user who may read these.
  package static var sources: Self {
    .enabled(if: access(#filePath, R_OK) == 0, "needs root: this user may not read the package's sources")
  }

  /// For tests that do not run on the emulated processors of `.ci/kernels`, or not on all of its kernels.
  package static func leftOutInEmulation(_ reason: KernelAccess.LeftOut) -> Self {
    let isLeftOut =
      switch KernelAccess.emulation {
      case nil: false
      case .whole: reason != .takesLong
      case .short: true
      }
    return .enabled(if: !isLeftOut, "left out in emulation: \(reason.rawValue)")
  }

  /// For tests that let bpftool look at what we did, or make what we look at.
  package static var bpftool: Self {
    .enabled(
      if: KernelAccess.isAvailable && Bpftool.isInstalled, "needs root and bpftool (apt install bpftool)")
  }
}
