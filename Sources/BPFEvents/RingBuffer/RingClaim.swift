//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization

/// The exclusive right in this process to read or write a ring, held while the claim exists.
///
/// A ring has one position for its reader and one for its writer. Two readers that move the same position lose records,
/// and read bytes that are being overwritten.
final class RingClaim: Sendable {
  private let map: MapID
  private static let claimed = Mutex<Set<MapID>>([])

  init(_ map: MapHandle) throws(BPFError) {
    let isFree = RingClaim.claimed.withLock { $0.insert(map.id).inserted }
    guard isFree else {
      throw map.eventFailure(
        .open, .busy, nil,
        "this process has already opened the ring, which has one reader and one writer")
    }
    self.map = map.id
  }

  deinit { RingClaim.claimed.withLock { _ = $0.remove(map) } }
}
