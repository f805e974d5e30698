//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A buffer of records that BPF programs send as perf events, with one ring for each CPU: a map of type
/// `perf_event_array`. Linux 4.4.
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
/// Records of one CPU come in order. Records of different CPUs have no order. When a ring is full, the kernel drops new
/// records and counts them. The count comes as a record of its own, before the next record of that CPU. Prefer a
/// ``RingBuffer`` (Linux 5.8) where you can: it keeps one order for all CPUs, and shares its memory among them.
///
/// The kernel stores the length of a record in 16 bits. A record of 64 KiB or more cannot be read, and may overwrite
/// others. The reader skips unreadable data, and counts it as one lost record, however many records it was.
///
/// A buffer has one reader at a time, and a process has one `PerfBuffer` for a map. While the buffer is open, the map's
/// elements are its events. They are removed from the map when the buffer is destroyed.
public final class PerfBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  /// The number of pages of each CPU's ring.
  public let pageCount: Int

  /// The threshold for waking a waiting reader.
  public let wakeUp: WakeUp

  let waiter: EventWaiter
  let lentDescriptor = EventDescriptor()
  private let claim: RingClaim
  private let current = Mutex<[PerfRing]>([])
  private let paused = Mutex(false)

  /// A threshold for waking a waiting reader. A larger number causes fewer wake-ups, and leaves records unread for
  /// longer.
  public enum WakeUp: Hashable, Sendable {
    /// A number of records of one CPU.
    case records(Int)
    /// A number of unread bytes of one CPU.
    case bytes(Int)

    var number: UInt32 {
      switch self {
      case .records(let count), .bytes(let count): UInt32(clamping: count)
      }
    }

    var isInBytes: Bool { if case .bytes = self { true } else { false } }
  }

  /// A record, lent to the reader.
  public enum Record: ~Escapable {
    /// A record that a program sent on a CPU.
    ///
    /// The bytes start at a multiple of 4. There are up to seven more than the program sent, because the kernel pads
    /// records.
    case sample(cpu: Int, RawSpan)
    /// The number of a CPU's records that were dropped since the previous record; 1 for unreadable data.
    case lost(cpu: Int, count: Int)
  }

  /// Opens a ring for each online CPU, and puts their events into a map.
  ///
  /// System calls: epoll_create1(2), eventfd(2), epoll_ctl(2), four to read the online CPUs; for each CPU
  /// perf_event_open(2), mmap(2), `BPF_MAP_UPDATE_ELEM`, ioctl(2), epoll_ctl(2). Capability: `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - map: a map of type `perfEventArray`. A CPU whose number is beyond the map's end gets no ring.
  ///   - pageCount: the number of pages of each CPU's ring, a power of two.
  ///   - wakeUp: the threshold for waking a waiting reader. A number of bytes must be smaller than a ring.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` for a map of another type, `BPFError.Code.invalidArgument` for
  ///   an invalid number, `BPFError.Code.busy` if this process has already opened the map's buffers,
  ///   `BPFError.Code.permissionDenied`, `BPFError.Code.outOfResources`.
  public convenience init(
    _ map: MapHandle, pageCount: Int = 16, wakeUp: WakeUp = .records(1)
  ) throws(BPFError) {
    try self.init(map, pageCount: pageCount, wakeUp: wakeUp, cpus: try OnlineCPUs.current())
  }

  init(_ map: MapHandle, pageCount: Int, wakeUp: WakeUp, cpus: [Int]) throws(BPFError) {
    try map.requireType(.perfEventArray, for: "a PerfBuffer")
    try PerfBuffer.checkPageCount(pageCount, map)
    guard wakeUp.number > 0, !wakeUp.isInBytes || Int(wakeUp.number) < pageCount * Page.size else {
      throw map.eventFailure(
        .open, .invalidArgument, nil, "the wake-up threshold \(wakeUp) would never wake a reader")
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

  static func checkPageCount(_ pageCount: Int, _ map: MapHandle) throws(BPFError) {
    guard pageCount > 0, pageCount & (pageCount - 1) == 0, pageCount <= 1 << 20 else {
      throw map.eventFailure(
        .open, .invalidArgument, nil, "the page count \(pageCount) is not a power of two up to 2^20")
    }
  }

  // MARK: - CPUs

  /// The CPUs that have a ring, in ascending order.
  public var cpus: [Int] {
    rings.map(\.cpu).reduce(into: []) { cpus, cpu in if cpus.last != cpu { cpus.append(cpu) } }
  }

  /// Opens rings for CPUs that have come online, and closes those of CPUs that have gone offline once they are read.
  ///
  /// A CPU that goes offline drops its ring. When it comes back, it sends nothing until this method opens a new one.
  /// System calls: read(2) twice for each CPU; those of the initializer for each CPU that has come online;
  /// `BPF_MAP_DELETE_ELEM`, munmap(2), and close(2) for each that has gone offline.
  ///
  /// - Throws: `BPFError`, as the initializer; `BPFError.Code.busy` if there is a reader.
  public func updateCPUs() throws(BPFError) {
    try acquireReader()
    defer { waiter.release() }
    try update(try OnlineCPUs.current())
  }

  /// Opens and closes rings according to a list of online CPUs.
  ///
  /// - Parameter isAlive: returns whether an online CPU still uses its ring.
  func update(
    _ online: [Int], isAlive: (PerfRing) -> Bool = { $0.isAlive }
  ) throws(BPFError) {
    var (kept, new, served): ([PerfRing], [PerfRing], Set<Int>) = ([], [], [])
    for ring in rings {
      if online.contains(ring.cpu), isAlive(ring) {
        served.insert(ring.cpu)
      } else {
        // Another ring may use the map's element soon.
        ring.removeFromMap()
        if ring.isEmpty { continue }
      }
      kept.append(ring)
    }
    for cpu in online where cpu < map.maxEntries && !served.contains(cpu) {
      guard let ring = try PerfRing(map, claim, cpu: cpu, pageCount: pageCount, wakeUp: wakeUp) else {
        continue
      }
      try ring.register(with: waiter)
      new.append(ring)
      // Records from before the CPU went offline are read before its new ones.
      kept.insert(ring, at: kept.firstIndex { $0.cpu > cpu } ?? kept.endIndex)
    }
    current.withLock { $0 = kept }
    // A descriptor that another thread makes from now on has these rings.
    for ring in new { try ring.register(with: lentDescriptor) }
    try paused.withLock { (isPaused) throws(BPFError) in
      if isPaused { for ring in kept { try ring.setPaused(true) } }
    }
  }

  var rings: [PerfRing] { current.withLock { $0 } }

  // MARK: - Pausing

  /// Whether the output of programs is paused.
  public var isPaused: Bool { paused.withLock { $0 } }

  /// Stops the output of programs on all CPUs, so that the buffer keeps what it has.
  ///
  /// Until ``resume()``, `bpf_perf_event_output` fails with `ENOSPC` in programs. The kernel counts these records, and
  /// reports them as lost before the first record that follows. Readers may read while the output is paused.
  ///
  /// Any thread may call it. System calls: ioctl(2) for each CPU (`PERF_EVENT_IOC_PAUSE_OUTPUT`). Linux 4.7.
  ///
  /// - Throws: `BPFError`.
  public func pause() throws(BPFError) { try setPaused(true) }

  /// Lets the output of programs continue after ``pause()``. System calls: ioctl(2) for each CPU.
  ///
  /// - Throws: `BPFError`.
  public func resume() throws(BPFError) { try setPaused(false) }

  private func setPaused(_ isPaused: Bool) throws(BPFError) {
    try paused.withLock { (state) throws(BPFError) in
      state = isPaused
      for ring in rings { try ring.setPaused(isPaused) }
    }
  }

  // MARK: - State

  /// The number of unread bytes of all CPUs, including record headers. No system call.
  public var availableBytes: Int { rings.reduce(0) { $0 + $1.availableBytes } }

  /// Ends all current and future waits and sequences. Any thread may call it. System calls: write(2).
  public func close() { waiter.close() }

  /// Makes the caller the reader.
  func acquireReader() throws(BPFError) { try waiter.acquire(map, "a perf buffer") }
}
