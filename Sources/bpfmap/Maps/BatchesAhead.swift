//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Dispatch
import Synchronization

/// The batches of a sweep, read on a thread of its own while those before are formatted and written.
///
/// Half of the time of a large dump is the kernel's, reading; the other half is spent on what was read. It stays
/// at most two batches ahead, so that memory is constant.
final class BatchesAhead: Sendable {
  private static let capacity = 2

  // It begins at zero, since a semaphore may not end below where it began, and this one can at any time.
  private let room = DispatchSemaphore(value: 0)
  private let ready = DispatchSemaphore(value: 0)
  private let batches = Mutex<[Result<MapEntries?, BPFError>]>([])
  private let isWanted = Atomic(true)

  /// Starts to read.
  init(_ sweep: MapSweep) {
    for _ in 0..<Self.capacity { room.signal() }
    // The thread holds the queue until it ends, and it ends when nobody wants more.
    DispatchQueue.global(qos: .userInitiated).async { [self] in read(sweep) }
  }

  private func read(_ sweep: MapSweep) {
    var sweep = sweep
    var isMore = true
    while isMore {
      room.wait()
      guard isWanted.load(ordering: .acquiring) else { return }
      let batch = Result { () throws(BPFError) in try sweep.next() }
      if case .success(.some) = batch { isMore = true } else { isMore = false }
      batches.withLock { $0.append(batch) }
      ready.signal()
    }
  }

  /// The next batch, or nil at the end, after which it must not be asked again.
  func next() throws(BPFError) -> MapEntries? {
    ready.wait()
    let batch = batches.withLock { $0.removeFirst() }
    room.signal()
    return try batch.get()
  }

  /// Ends the reading, wherever it is.
  func cancel() {
    isWanted.store(false, ordering: .releasing)
    room.signal()
  }
}
