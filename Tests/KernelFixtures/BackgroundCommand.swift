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

/// A program that runs in the background, and is killed when its last reference is released.
package final class BackgroundCommand: Sendable {
  /// The process ID.
  package let process: pid_t

  /// Starts a program.
  ///
  /// - Parameter arguments: a path, or a name to look up in `PATH`, and the arguments.
  package init(_ arguments: [String]) throws(FixtureError) {
    process = try Command.spawn(arguments, environment: [:], descriptors: [:])
  }

  deinit {
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }
}
