//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// One CPU's ring: the perf event that receives the records of programs on that CPU, and its memory.
final class PerfRing: Sendable {
  let cpu: Int
  private let map: MapHandle
  /// The claim on the map, held until this ring has removed its element. Otherwise the removal could hit an element of
  /// the next buffer.
  private let claim: RingClaim
  private let event: PerfEventDescriptor
  private let mapping: OwnedMapping
  let memory: PerfMemory
  /// Whether the map contains the event.
  private let isInMap = Atomic<Bool>(true)

  /// Opens an event, maps it, and puts it into the map under the CPU's number.
  ///
  /// System calls: perf_event_open(2), mmap(2), `BPF_MAP_UPDATE_ELEM`, ioctl(2).
  ///
  /// - Parameter isOverwriting: whether the newest record overwrites the oldest.
  /// - Returns: Nil if the CPU is offline.
  init?(
    _ map: MapHandle, _ claim: RingClaim, cpu: Int, pageCount: Int, wakeUp: PerfBuffer.WakeUp,
    isOverwriting: Bool = false
  ) throws(BPFError) {
    do throws(Errno) {
      event = try PerfOutput.open(
        cpu: cpu, wakeUp: wakeUp.number, isInBytes: wakeUp.isInBytes, isBackward: isOverwriting)
      // The kernel overwrites records if the reader cannot write its position.
      mapping = try OwnedMapping(
        event.descriptor.borrowed, byteCount: (1 + pageCount) * Page.size, isWritable: !isOverwriting)
    } catch {
      // The CPU went offline after the list of online CPUs was read.
      if error == .operationNotSupportedByDevice { return nil }
      throw PerfRing.failure(error, map, cpu, pageCount)
    }
    memory = unsafe PerfMemory(mapping.base, pageSize: Page.size, byteCount: pageCount * Page.size)
    (self.cpu, self.map, self.claim) = (cpu, map, claim)
    try map.update(UInt32(cpu).rawBytes, to: event.descriptor.borrowed.rawBytes)
    do throws(Errno) {
      try event.enable()
    } catch {
      throw map.eventFailure(.open, .system, error)
    }
  }

  deinit { removeFromMap() }

  /// Removes the event from the map, once. `BPF_MAP_DELETE_ELEM`.
  func removeFromMap() {
    if isInMap.exchange(false, ordering: .relaxed) { _ = try? map.delete(UInt32(cpu).rawBytes) }
  }

  /// Whether the map and the CPU still have the event. read(2) twice.
  ///
  /// A CPU that goes offline drops its event, and does not restore it when it comes back. Output of programs on that
  /// CPU then fails.
  var isAlive: Bool {
    // The enabled time of a dropped event does not advance.
    guard isInMap.load(ordering: .relaxed), let before = try? event.enabledTime(),
      let now = try? event.enabledTime()
    else { return false }
    return now != before
  }

  private static func failure(_ errno: Errno, _ map: MapHandle, _ cpu: Int, _ pageCount: Int) -> BPFError {
    if let shortage = OwnedMapping.shortage(errno) {
      return map.eventFailure(
        .open, .outOfResources, errno, "\(pageCount) pages for CPU \(cpu): \(shortage)")
    }
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .permissionDenied, .notPermitted:
        (
          .permissionDenied,
          Privilege.refusal(of: "opening a perf buffer", needing: [.perfmon])
            ?? "memory beyond the limit kernel.perf_event_mlock_kb needs CAP_IPC_LOCK"
        )
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the ring of CPU \(cpu)")
      case .invalidArgument: (.invalidArgument, "CPU \(cpu) does not exist")
      default: (.system, "")
      }
    return map.eventFailure(.open, code, errno, text)
  }

  /// Adds the event to the descriptors that a reader or an event loop waits for.
  func register(with waiter: EventWaiter) throws(BPFError) {
    do throws(Errno) {
      try waiter.add(event.descriptor.borrowed)
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  /// Adds the event to the descriptor that is lent to others.
  func register(with events: EventDescriptor) throws(BPFError) {
    do throws(Errno) {
      try events.add(event.descriptor.borrowed)
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  /// Lends the event's descriptor.
  func withEvent(_ body: (FileDescriptor) throws(Errno) -> Void) throws(Errno) {
    try body(event.descriptor.borrowed)
  }

  /// Stops the output to the ring, or lets it continue. ioctl(2).
  func setPaused(_ isPaused: Bool) throws(BPFError) {
    do throws(Errno) {
      try event.setOutputPaused(isPaused)
    } catch {
      throw map.eventFailure(.pause, .system, error, "CPU \(cpu)")
    }
  }

  // MARK: - Reading

  /// The number of unread bytes.
  var availableBytes: Int {
    // Loads the reader's position first, so that the writer's position is not before it.
    let tail = memory.tail
    return Int(clamping: memory.head &- tail)
  }

  var isEmpty: Bool { memory.head == memory.tail }

  /// Reads the records that were available when the call began.
  ///
  /// Unreadable data is skipped up to the writer's position at that time, and counts as one lost record. Only at that
  /// position is the start of a record known.
  ///
  /// - Returns: Whether to continue with the next CPU.
  func consume(
    _ count: inout Int, _ limit: Int, _ body: (borrowing PerfBuffer.Record) throws(BPFError) -> Bool
  ) throws(BPFError) -> Bool {
    let head = memory.head
    while count < limit, memory.tail != head {
      let position = memory.tail
      let header = memory.header(at: position, before: head)
      defer { memory.tail = header.map { position &+ UInt64($0.byteCount) } ?? head }
      if let header, header.type != PerfOutput.sample, header.type != PerfOutput.lost { continue }
      count += 1
      let shouldContinue =
        if let header {
          try unsafe memory.withRecord(at: position, header.byteCount) { (bytes) throws(BPFError) in
            try unsafe read(header.type, bytes, body)
          }
        } else {
          try body(.lost(cpu: cpu, count: 1))
        }
      guard shouldContinue else { return false }
    }
    return count < limit
  }

  /// Passes on a record, after a check of its length.
  func read(
    _ type: UInt32, _ bytes: UnsafeRawBufferPointer,
    _ body: (borrowing PerfBuffer.Record) throws(BPFError) -> Bool
  ) throws(BPFError) -> Bool {
    if type == PerfOutput.lost {
      return try body(
        .lost(cpu: cpu, count: Int(clamping: unsafe bytes.load(fromByteOffset: 16, as: UInt64.self))))
    }
    // No CPU writes this record any more. If its length changes all the same, it stays within the checked bytes.
    let length = min(Int(unsafe bytes.load(fromByteOffset: 8, as: UInt32.self)), bytes.count - 12)
    let record = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[12..<12 + length]))
    return try body(.sample(cpu: cpu, record))
  }
}

extension UInt32 {
  /// The number as a map key of four bytes.
  fileprivate var rawBytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }
}

extension FileDescriptor {
  /// The descriptor as a map value of four bytes.
  fileprivate var rawBytes: [UInt8] { UInt32(bitPattern: rawValue).rawBytes }
}
