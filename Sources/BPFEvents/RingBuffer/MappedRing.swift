//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// A map's ring in this process's memory, of which this process has no other.
@usableFromInline
final class MappedRing: Sendable {
  let map: MapHandle
  private let claim: RingClaim
  private let consumer: OwnedMapping
  private let producer: OwnedMapping

  @usableFromInline let memory: RingMemory

  /// Maps the ring that a map is. mmap(2) twice.
  ///
  /// - Parameter isWritten: whether this process writes the ring and the kernel reads it, or the other way round.
  init(_ map: MapHandle, isWritten: Bool) throws(BPFError) {
    let (page, ring) = (Page.size, map.maxEntries)
    claim = try RingClaim(map)
    do throws(Errno) {
      // First a page with how far the ring is read, then one with how far it is written, then its bytes, twice.
      consumer = try map.withFileDescriptor { (map) throws(Errno) in
        try OwnedMapping(map, byteCount: page, isWritable: !isWritten)
      }
      producer = try map.withFileDescriptor { (map) throws(Errno) in
        try OwnedMapping(map, offset: page, byteCount: page + 2 * ring, isWritable: isWritten)
      }
      memory = unsafe RingMemory(
        consumer: consumer.base, producer: producer.base, records: producer.base + page, byteCount: ring)
    } catch {
      throw MappedRing.failure(error, map)
    }
    self.map = map
  }

  private static func failure(_ errno: Errno, _ map: MapHandle) -> BPFError {
    switch errno {
    case .resourceTemporarilyUnavailable:
      map.eventFailure(.map, .outOfResources, errno, "the process may lock no more memory")
    case .noMemory: map.eventFailure(.map, .outOfResources, errno, "no address space is left, or no mapping")
    case .permissionDenied, .notPermitted:
      map.eventFailure(
        .map, .permissionDenied, errno, "a ring is mapped to be written: open the map read-write")
    default: map.eventFailure(.map, .system, errno)
    }
  }

  /// The error for positions and lengths that cannot be, after which reading goes on with what is sent from now on.
  @usableFromInline
  func damage(givingUp cursor: inout RingCursor) -> BPFError {
    defer { cursor.giveUp() }
    return damage()
  }

  /// The error for positions and lengths that cannot be.
  func damage() -> BPFError {
    map.eventFailure(
      .consume, .malformed, nil,
      "its positions are \(memory.consumerPosition) and \(memory.producerPosition), and no whole record lies there: "
        + "another process must have moved the reader's position")
  }
}
