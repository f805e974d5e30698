//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization

/// The right to be the one in this process that reads a ring, or writes it, for as long as it is held.
///
/// A ring has one position for its reader and one for its writer. Two who move the same one lose records, and read bytes
/// that are being written over.
final class RingClaim: Sendable {
  private let map: MapID
  private static let claimed = Mutex<Set<MapID>>([])

  init(_ map: MapHandle) throws(BPFError) {
    let isFree = RingClaim.claimed.withLock { $0.insert(map.id).inserted }
    guard isFree else {
      throw map.eventFailure(
        .open, .busy, nil,
        "this process has the ring open already, and a ring has but one reader and one writer")
    }
    self.map = map.id
  }

  deinit { RingClaim.claimed.withLock { _ = $0.remove(map) } }
}
