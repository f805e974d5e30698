//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// Records that BPF programs send, read where they lie: one or more maps of type `ringbuf`. Linux 5.8.
///
/// ```swift
/// let object = try ObjectFile("events.bpf.o").load()
/// let ring = try RingBuffer(object.map("events"))
/// while true {
///   try ring.poll(timeout: .seconds(1)) { record in print(record.byteCount, "bytes") }
/// }
/// ```
///
/// Records of a map come in the order in which programs reserved them. They stay in the kernel's memory until they are
/// read: a slow reader takes no more memory than the rings have, and a program that finds no room is told so, and is the
/// only one to know: let it count, see <doc:Events>.
///
/// A ring has one reader: who reads, or waits, while another thread or task does is refused with `BPFError.Code.busy`,
/// and so is a second `RingBuffer` of the same map in this process, for as long as anybody holds the first.
public final class RingBuffer: Sendable {
  /// The maps, in the order in which they are read.
  public let maps: [MapHandle]

  @usableFromInline let rings: [MappedRing]
  @usableFromInline let waiter: EventWaiter

  /// Opens one map to read what programs send to it. See ``init(_:)-([MapHandle])``.
  public convenience init(_ map: MapHandle) throws(BPFError) { try self.init([map]) }

  /// Opens maps to read what programs send to them, in the order of the list.
  ///
  /// Reading goes on where the reader before stopped, in whatever process that was.
  ///
  /// System calls: epoll_create1(2), eventfd(2), epoll_ctl(2); for each map mmap(2) twice and epoll_ctl(2). Linux 5.8.
  ///
  /// - Parameter maps: maps of type `ringBuf`, opened read-write; at least one.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.unsupported` for one that
  ///   overwrites its oldest records (`.ringBufferOverwrite`), which takes an ``OverwritingRingBuffer``,
  ///   `BPFError.Code.busy` if this process reads one of them already, `BPFError.Code.outOfResources`.
  public init(_ maps: [MapHandle]) throws(BPFError) {
    guard let first = maps.first else {
      throw BPFError(.open, .invalidArgument, "a RingBuffer needs a map to read")
    }
    var rings: [MappedRing] = []
    for map in maps {
      try map.prove(.ringBuf, for: "a RingBuffer")
      guard !map.flags.contains(.ringBufferOverwrite) else {
        throw map.eventFailure(
          .open, .unsupported, nil,
          "it overwrites its oldest records (BPF_F_RB_OVERWRITE), which then cannot be read where they lie: open an "
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

  /// Bytes that were not read yet, with what stands before each record, and with those that are busy or discarded.
  ///
  /// No system call, no allocation.
  public var availableBytes: Int {
    rings.reduce(0) { sum, ring in
      // The reader's position first: the writers' is never behind it.
      let read = ring.memory.consumerPosition
      return sum + Int(clamping: ring.memory.producerPosition &- read)
    }
  }

  /// Ends all reading: who waits no longer does, sequences end, and whoever reads is told that it is over.
  ///
  /// It may be called from any thread. What was not read stays for the next who opens the map. System calls: write(2).
  public func close() { waiter.close() }
}

// MARK: - One reader

extension RingBuffer {
  /// Makes the caller the reader.
  @usableFromInline
  func take() throws(BPFError) { try waiter.take(maps[0], "a ring buffer") }

  /// What went wrong, with the first of the maps.
  @usableFromInline
  func failure(_ code: BPFError.Code, _ explanation: String) -> BPFError {
    maps[0].eventFailure(.consume, code, nil, explanation)
  }
}
