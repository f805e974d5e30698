//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

/// A kernel older than the one that runs, as far as bpf(2) is concerned.
package enum OlderKernel {
  /// Runs `body` on a thread of its own, whose bpf(2) calls are refused where Linux of a version would have.
  package static func run<R: Sendable>(
    _ major: Int32, _ minor: Int32, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await Worker.run {
      try check(kf_pretend_kernel(major, minor), "pretend to be Linux \(major).\(minor)")
      return try body()
    }
  }
}
