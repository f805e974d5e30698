//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// Records that BPF programs send by way of perf events, one buffer for each CPU: a map of type `perf_event_array`.
/// Linux 4.4.
///
/// ```swift
/// let object = try ObjectFile("events.bpf.o").load()
/// let buffer = try PerfBuffer(object.map("events"))
/// try buffer.poll(timeout: .seconds(1)) { record in
///   switch record {
///   case .sample(let cpu, let bytes): print("CPU \(cpu):", bytes.byteCount, "bytes")
///   case .lost(let cpu, let count): print("CPU \(cpu) lost \(count)")
///   }
/// }
/// ```
///
/// Records of one CPU come in order; between those of different CPUs there is none. What finds no room is lost, and the
/// kernel counts it: the count comes as a record of its own, before the next record of that CPU. Where there is a choice
/// a ``RingBuffer`` (Linux 5.8) is better: it keeps one order, and uses its memory for whichever CPU needs it.
///
/// The kernel keeps the length of a record in 16 bits. One of 64 KiB or more cannot be read, and may lie over others: what
/// cannot be read is given up, and counts as one lost record, however many it was.
///
/// A buffer has one reader at a time, and a map one `PerfBuffer` in a process. While it is open the map's elements are its
/// events; they leave the map when it goes.
public final class PerfBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  /// Pages of each CPU's buffer.
  public let pageCount: Int

  /// When who waits is woken.
  public let wakeUp: WakeUp

  let waiter: EventWaiter
  private let claim: RingClaim
  private let current = Mutex<[PerfRing]>([])

  /// When who waits is woken: the larger the number, the fewer wake-ups, and the longer records lie unread.
  public enum WakeUp: Hashable, Sendable {
    /// After so many records of one CPU.
    case records(Int)
    /// When there are so many bytes of one CPU.
    case bytes(Int)

    var number: UInt32 {
      switch self {
      case .records(let count), .bytes(let count): UInt32(clamping: count)
      }
    }

    var isInBytes: Bool { if case .bytes = self { true } else { false } }
  }

  /// A record, lent to who reads it.
  public enum Record: ~Escapable {
    /// What a program sent on a CPU. The bytes are at an address that is a multiple of 4, and up to seven more than the
    /// program sent: the kernel fills up.
    case sample(cpu: Int, RawSpan)
    /// How many records of a CPU found no room since the one before; 1 for what could not be read.
    case lost(cpu: Int, count: Int)
  }

  /// Opens buffers for all CPUs that are online, and puts them into a map.
  ///
  /// System calls: epoll_create1(2), eventfd(2), epoll_ctl(2), four to read which CPUs are online; for each of them
  /// perf_event_open(2), mmap(2), `BPF_MAP_UPDATE_ELEM`, ioctl(2), epoll_ctl(2). Capability: `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - map: a map of type `perfEventArray`. CPUs whose number is beyond its end get no buffer.
  ///   - pageCount: pages of each CPU's buffer, a power of two.
  ///   - wakeUp: when who waits is woken. More than fits into a buffer would be never.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.invalidArgument` for
  ///   numbers that cannot be, `BPFError.Code.busy` if this process has opened the map's buffers already,
  ///   `BPFError.Code.permissionDenied`, `BPFError.Code.outOfResources`.
  public convenience init(
    _ map: MapHandle, pageCount: Int = 16, wakeUp: WakeUp = .records(1)
  ) throws(BPFError) {
    try self.init(map, pageCount: pageCount, wakeUp: wakeUp, cpus: try OnlineCPUs.current())
  }

  init(_ map: MapHandle, pageCount: Int, wakeUp: WakeUp, cpus: [Int]) throws(BPFError) {
    try map.prove(.perfEventArray, for: "a PerfBuffer")
    guard pageCount > 0, pageCount & (pageCount - 1) == 0, pageCount <= 1 << 20 else {
      throw map.eventFailure(
        .open, .invalidArgument, nil, "\(pageCount) pages are no power of two up to 2^20")
    }
    guard wakeUp.number > 0, !wakeUp.isInBytes || Int(wakeUp.number) < pageCount * Page.size else {
      throw map.eventFailure(.open, .invalidArgument, nil, "who waits for \(wakeUp) is never woken")
    }
    claim = try RingClaim(map)
    (self.map, self.pageCount, self.wakeUp) = (map, pageCount, wakeUp)
    do throws(Errno) {
      waiter = try EventWaiter()
    } catch {
      throw BPFError.waiting(for: map, error)
    }
    try update(cpus)
  }

  // MARK: - CPUs

  /// The CPUs that have a buffer, ascending.
  public var cpus: [Int] {
    rings.map(\.cpu).reduce(into: []) { cpus, cpu in if cpus.last != cpu { cpus.append(cpu) } }
  }

  /// Opens buffers for CPUs that have come online, and closes those of CPUs that have gone, once they are read.
  ///
  /// A CPU that goes offline and comes back sends nothing until this is called: it has dropped its buffer, and gets another.
  /// System calls: read(2) twice for each CPU, those of the initializer for each that has come, and
  /// `BPF_MAP_DELETE_ELEM`, munmap(2), close(2) for each that has gone.
  ///
  /// - Throws: `BPFError`, as the initializer; `BPFError.Code.busy` if somebody reads or waits.
  public func updateCPUs() throws(BPFError) {
    try take()
    defer { waiter.release() }
    try update(try OnlineCPUs.current())
  }

  /// - Parameter isAlive: whether the CPU of a buffer has it still, if it is online.
  func update(
    _ online: [Int], isAlive: (PerfRing) -> Bool = { $0.isAlive }
  ) throws(BPFError) {
    var (kept, served): ([PerfRing], Set<Int>) = ([], [])
    for ring in rings {
      if online.contains(ring.cpu), isAlive(ring) {
        served.insert(ring.cpu)
      } else {
        // The map's element may soon be another's.
        ring.leaveMap()
        if ring.isEmpty { continue }
      }
      kept.append(ring)
    }
    for cpu in online where cpu < map.maxEntries && !served.contains(cpu) {
      guard let ring = try PerfRing(map, claim, cpu: cpu, pageCount: pageCount, wakeUp: wakeUp) else {
        continue
      }
      try ring.join(waiter)
      // What the CPU left behind when it went is read before what it sends now.
      kept.insert(ring, at: kept.firstIndex { $0.cpu > cpu } ?? kept.endIndex)
    }
    current.withLock { $0 = kept }
  }

  var rings: [PerfRing] { current.withLock { $0 } }

  // MARK: - All of it

  /// Bytes that were not read yet, of all CPUs, with what stands before each record. No system call.
  public var availableBytes: Int { rings.reduce(0) { $0 + $1.availableBytes } }

  /// Ends all waits and sequences, now and ever. It may be called from any thread. System calls: write(2).
  public func close() { waiter.close() }

  /// Makes the caller the reader.
  func take() throws(BPFError) { try waiter.take(map, "a perf buffer") }
}
