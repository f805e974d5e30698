//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Synchronization

/// An idle process, which ends at the latest when its last reference is released.
package final class ChildProcess: Sendable {
  private let number: Int32
  private let isRunning = Atomic<Bool>(true)

  package init() throws(FixtureError) { number = try check(kf_child_start(), "start a process") }

  deinit { end() }

  /// Returns a pidfd of the process, the key of task storage.
  package func pidfd() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_pidfd_open(number), "pidfd_open"))
  }

  /// Ends the process and waits until it is gone.
  package func end() {
    if isRunning.exchange(false, ordering: .acquiringAndReleasing) { _ = kf_child_end(number) }
  }
}
