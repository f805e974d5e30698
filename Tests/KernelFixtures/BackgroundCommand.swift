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

/// A program that runs beside the test, and is killed when the last reference goes.
package final class BackgroundCommand: Sendable {
  /// The process's id.
  package let process: pid_t

  /// Starts a program: a path, or a name looked up in `PATH`, and its arguments.
  package init(_ words: [String]) throws(FixtureError) {
    process = try Command.spawn(words, environment: [:], descriptors: [:])
  }

  deinit {
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }
}
