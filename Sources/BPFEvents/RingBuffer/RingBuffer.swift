//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// A buffer of records that BPF programs send, read in place: one or more maps of type `ringbuf`. Linux 5.8.
///
/// ```swift
/// let object = try ObjectFile("events.bpf.o").load()
/// let ring = try RingBuffer(object.map("events"))
/// while true {
///   try ring.poll(timeout: .seconds(1)) { record in print(record.byteCount, "bytes") }
/// }
/// ```
///
/// Records of a map come in the order of their reservation. They stay in the kernel's memory until they are
/// read, so a slow reader takes no more memory than the rings have. A program that finds no space gets an error from
/// its reservation, and nothing else reports the loss. Let the program count such losses; see <doc:Events>.
///
/// A ring has one reader. Reading or waiting throws `BPFError.Code.busy` while another thread or task reads or waits.
/// Opening a second `RingBuffer` of the same map in this process throws it while the first one exists.
public final class RingBuffer: Sendable {
  /// The maps, in the order of reading.
  public let maps: [MapHandle]

  @usableFromInline let rings: [MappedRing]
  @usableFromInline let waiter: EventWaiter
  let lentDescriptor = EventDescriptor()

  /// Opens a map to read its records. See ``init(_:)-([MapHandle])``.
  public convenience init(_ map: MapHandle) throws(BPFError) { try self.init([map]) }

  /// Opens maps to read their records, in the order of the list.
  ///
  /// Reading continues where the previous reader stopped, even if that was another process.
  ///
  /// System calls: epoll_create1(2), eventfd(2), epoll_ctl(2); for each map mmap(2) twice and epoll_ctl(2). Linux 5.8.
  ///
  /// - Parameter maps: maps of type `ringBuf`, opened read-write; at least one.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.unsupported` for one
  ///   that overwrites its oldest records (`.ringBufferOverwrite`) and needs an ``OverwritingRingBuffer``,
  ///   `BPFError.Code.busy` if this process already reads one of them, `BPFError.Code.outOfResources`.
  public init(_ maps: [MapHandle]) throws(BPFError) {
    guard let first = maps.first else {
      throw BPFError(.open, .invalidArgument, "a RingBuffer needs at least one map")
    }
    var rings: [MappedRing] = []
    for map in maps {
      try map.requireType(.ringBuf, for: "a RingBuffer")
      guard !map.flags.contains(.ringBufferOverwrite) else {
        throw map.eventFailure(
          .open, .unsupported, nil,
          "the ring overwrites its oldest records (BPF_F_RB_OVERWRITE), which cannot be read in place: open an "
            + "OverwritingRingBuffer")
      }
      rings.append(try MappedRing(map, isWritten: false))
    }
    do throws(Errno) {
      let waiter = try EventWaiter()
      for map in maps {
        try map.withFileDescriptor { (map) throws(Errno) in try waiter.add(map) }
      }
      self.waiter = waiter
    } catch {
      throw BPFError.waiting(for: first, error)
    }
    self.maps = maps
    self.rings = rings
  }

  /// The number of unread bytes, including record headers, and busy or discarded records.
  ///
  /// No system call, no allocation.
  public var availableBytes: Int {
    rings.reduce(0) { sum, ring in
      // Loads the reader's position first, so that the writers' position is not before it.
      let read = ring.memory.consumerPosition
      return sum + Int(clamping: ring.memory.producerPosition &- read)
    }
  }

  /// Ends all current and future waits and sequences; waiting calls return.
  ///
  /// Any thread may call it. Unread records stay for the next reader of the map. System calls: write(2).
  public func close() { waiter.close() }
}

// MARK: - One reader

extension RingBuffer {
  /// Makes the caller the reader.
  @usableFromInline
  func acquireReader() throws(BPFError) { try waiter.acquire(maps[0], "a ring buffer") }

  /// Returns an error that names the first map.
  @usableFromInline
  func failure(_ code: BPFError.Code, _ explanation: String) -> BPFError {
    maps[0].eventFailure(.consume, code, nil, explanation)
  }
}
