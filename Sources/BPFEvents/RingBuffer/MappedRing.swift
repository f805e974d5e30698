//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// The ring of a map in this process's memory. A process maps each ring only once.
@usableFromInline
final class MappedRing: Sendable {
  let map: MapHandle
  private let claim: RingClaim
  private let consumer: OwnedMapping
  private let producer: OwnedMapping

  @usableFromInline let memory: RingMemory

  /// Maps the ring of a map. System calls: mmap(2) twice.
  ///
  /// - Parameter isWritten: whether this process writes the ring and the kernel reads it; otherwise it is the other way
  ///   round.
  init(_ map: MapHandle, isWritten: Bool) throws(BPFError) {
    let (page, ring) = (Page.size, map.maxEntries)
    claim = try RingClaim(map)
    do throws(Errno) {
      // The map has a page with the reader's position, a page with the writer's position, and the records, twice.
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
    if let shortage = OwnedMapping.shortage(errno) {
      return map.eventFailure(.map, .outOfResources, errno, shortage)
    }
    return switch errno {
    case .permissionDenied, .notPermitted:
      map.eventFailure(
        .map, .permissionDenied, errno, "the ring must be mapped writable: open the map read-write")
    default: map.eventFailure(.map, .system, errno)
    }
  }

  /// Returns the error for an invalid position or length, and skips to the writer's position.
  @usableFromInline
  func damageError(skipping cursor: inout RingCursor) -> BPFError {
    defer { cursor.skipToEnd() }
    return damageError()
  }

  /// Returns the error for an invalid position or length.
  func damageError() -> BPFError {
    map.eventFailure(
      .consume, .malformed, nil,
      "no complete record lies between its positions \(memory.consumerPosition) and \(memory.producerPosition): "
        + "another process must have moved the reader's position")
  }
}
