//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Synchronization

/// A process that does nothing until it is ended, at the latest when the last reference goes.
package final class ChildProcess: Sendable {
  private let number: Int32
  private let isRunning = Atomic<Bool>(true)

  package init() throws(FixtureError) { number = try check(kf_child_start(), "start a process") }

  deinit { end() }

  /// The process, as task storages are keyed.
  package func pidfd() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_pidfd_open(number), "pidfd_open"))
  }

  /// Ends the process and waits until it is gone.
  package func end() {
    if isRunning.exchange(false, ordering: .acquiringAndReleasing) { _ = kf_child_end(number) }
  }
}
