//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Dispatch
import Synchronization

/// Reads the batches of a sweep on another thread, while earlier batches are formatted and written.
///
/// A large dump spends half of its time in the kernel and half on formatting. The reader stays at most two batches
/// ahead, so that memory use is constant.
final class BatchPrefetcher: Sendable {
  private static let capacity = 2

  // The initial value is 0: Dispatch traps if a semaphore is destroyed while its value is below the initial one.
  private let freeSlots = DispatchSemaphore(value: 0)
  private let ready = DispatchSemaphore(value: 0)
  private let batches = Mutex<[Result<MapEntries?, BPFError>]>([])
  private let isActive = Atomic(true)

  /// Starts to read.
  init(_ sweep: MapSweep) {
    for _ in 0..<Self.capacity { freeSlots.signal() }
    // The closure retains this object until the sweep ends or is canceled.
    DispatchQueue.global(qos: .userInitiated).async { [self] in read(sweep) }
  }

  private func read(_ sweep: MapSweep) {
    var sweep = sweep
    var isMore = true
    while isMore {
      freeSlots.wait()
      guard isActive.load(ordering: .acquiring) else { return }
      let batch = Result { () throws(BPFError) in try sweep.next() }
      if case .success(.some) = batch { isMore = true } else { isMore = false }
      batches.withLock { $0.append(batch) }
      ready.signal()
    }
  }

  /// Returns the next batch; nil at the end, after which it must not be called again.
  func next() throws(BPFError) -> MapEntries? {
    ready.wait()
    let batch = batches.withLock { $0.removeFirst() }
    freeSlots.signal()
    return try batch.get()
  }

  /// Stops reading.
  func cancel() {
    isActive.store(false, ordering: .releasing)
    freeSlots.signal()
  }
}
