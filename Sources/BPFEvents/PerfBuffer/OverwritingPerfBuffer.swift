//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// The latest records that BPF programs sent to a map of type `perf_event_array`: on each CPU, the newest record overwrites
/// the oldest. Linux 4.7.
///
/// ```swift
/// let object = try ObjectFile("recorder.bpf.o").load()
/// let recorder = try OverwritingPerfBuffer(object.map("history"), pageCount: 64)
/// // Something went wrong: keep what happened before it.
/// try recorder.pause()
/// try recorder.consume { record in
///   if case .sample(let cpu, let bytes) = record { print("CPU \(cpu):", bytes.byteCount, "bytes") }
/// }
/// try recorder.resume()
/// ```
///
/// A ``PerfBuffer`` that is full keeps old records and drops new ones. This buffer does the opposite, on kernels that are
/// too old for an ``OverwritingRingBuffer``. Nothing wakes a reader: read when something has happened.
///
/// CPUs that come online later have no ring.
public final class OverwritingPerfBuffer: Sendable {
  /// The map.
  public let map: MapHandle

  /// The number of pages of each CPU's ring.
  public let pageCount: Int

  private let rings: [PerfRing]

  private struct State {
    var isPaused = false
    var isReading = false
    /// The writer's position of each ring after the last reading.
    var positions: [UInt64]
  }

  private let state: Mutex<State>

  /// Opens a ring for each online CPU, and puts their events into a map.
  ///
  /// System calls: four to read the online CPUs; for each CPU perf_event_open(2), mmap(2), `BPF_MAP_UPDATE_ELEM`,
  /// ioctl(2). Capability: `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - map: a map of type `perfEventArray`. A CPU whose number is beyond the map's end gets no ring.
  ///   - pageCount: the number of pages of each CPU's ring, a power of two.
  /// - Throws: `BPFError`, as the initializer of ``PerfBuffer``.
  public init(_ map: MapHandle, pageCount: Int = 16) throws(BPFError) {
    try map.requireType(.perfEventArray, for: "an OverwritingPerfBuffer")
    try PerfBuffer.checkPageCount(pageCount, map)
    let claim = try RingClaim(map)
    var rings: [PerfRing] = []
    for cpu in try OnlineCPUs.current() where cpu < map.maxEntries {
      let ring = try PerfRing(
        map, claim, cpu: cpu, pageCount: pageCount, wakeUp: .records(1), isOverwriting: true)
      if let ring { rings.append(ring) }
    }
    (self.map, self.pageCount, self.rings) = (map, pageCount, rings)
    // The kernel's position begins at 0 and falls.
    state = Mutex(State(positions: [UInt64](repeating: 0, count: rings.count)))
  }

  /// The CPUs that have a ring, in ascending order.
  public var cpus: [Int] { rings.map(\.cpu) }

  // MARK: - Pausing

  /// Whether the output of programs is paused by ``pause()``.
  public var isPaused: Bool { state.withLock(\.isPaused) }

  /// Stops the output of programs on all CPUs, so that newer records do not overwrite what the buffer has.
  ///
  /// Until ``resume()``, `bpf_perf_event_output` fails with `ENOSPC` in programs. Any thread may call it.
  ///
  /// System calls: ioctl(2) for each CPU (`PERF_EVENT_IOC_PAUSE_OUTPUT`).
  ///
  /// - Throws: `BPFError`.
  public func pause() throws(BPFError) {
    try state.withLock { (state) throws(BPFError) in
      state.isPaused = true
      try setPaused(true)
    }
  }

  /// Lets the output of programs continue after ``pause()``. System calls: ioctl(2) for each CPU.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.busy` while records are read.
  public func resume() throws(BPFError) {
    try state.withLock { (state) throws(BPFError) in
      guard !state.isReading else { throw busyError }
      state.isPaused = false
      try setPaused(false)
    }
  }

  private func setPaused(_ isPaused: Bool) throws(BPFError) {
    for ring in rings { try ring.setPaused(isPaused) }
  }

  private var busyError: BPFError {
    map.eventFailure(.consume, .busy, nil, "the records of the buffer are being read")
  }

  // MARK: - Reading

  /// Reads the records that the buffer still has since the last call, CPU by CPU, the oldest of each CPU first.
  ///
  /// The output of programs is paused during the call. `body` is lent each record in place; only a record that wraps
  /// around the end of its ring is copied. Records that were overwritten are not counted.
  ///
  /// System calls: ioctl(2) twice for each CPU, unless the output is paused already. Allocates a list of the records of
  /// each CPU.
  ///
  /// - Parameter body: called with each record.
  /// - Returns: The number of records read, including reports of those that were dropped during a pause.
  /// - Throws: the error of `body`, after which the records that it did not see count as read; or `BPFError`, with
  ///   `BPFError.Code.busy` if there is another reader.
  @discardableResult
  public func consume(
    _ body: (borrowing PerfBuffer.Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    var positions = try state.withLock { (state) throws(BPFError) in
      guard !state.isReading else { throw busyError }
      if !state.isPaused {
        do throws(BPFError) { try setPaused(true) } catch {
          // Some CPUs may be paused.
          try? setPaused(false)
          throw error
        }
      }
      state.isReading = true
      return state.positions
    }
    defer { endReading(at: positions) }
    var count = 0
    for (index, ring) in rings.enumerated() {
      try ring.consumeOverwriting(since: &positions[index], &count, body)
    }
    return count
  }

  private func endReading(at positions: [UInt64]) {
    state.withLock { state in
      (state.positions, state.isReading) = (positions, false)
      // This cannot fail: the same call has just succeeded.
      if !state.isPaused { try? setPaused(false) }
    }
  }
}
