//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

/// Simulates an older kernel, as far as bpf(2) is concerned.
package enum OlderKernel {
  /// Runs `body` on a thread of its own, with bpf(2) calls failing where they would on that version of Linux.
  package static func run<R: Sendable>(
    _ major: Int32, _ minor: Int32, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await Worker.run {
      try check(kf_pretend_kernel(major, minor), "pretend to be Linux \(major).\(minor)")
      return try body()
    }
  }
}
