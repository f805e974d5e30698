//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// One CPU's perf buffer: the event that programs on that CPU put records into, and its memory.
final class PerfRing: Sendable {
  let cpu: Int
  private let map: MapHandle
  /// The map's elements are this process's until this has left it: the next to open its buffers must not have theirs
  /// deleted.
  private let claim: RingClaim
  private let event: PerfEventDescriptor
  private let mapping: OwnedMapping
  private let memory: PerfMemory
  /// Whether the map has the event.
  private let isInMap = Atomic<Bool>(true)

  /// Opens an event, maps it, and puts it into the map at the CPU's number.
  ///
  /// perf_event_open(2), mmap(2), `BPF_MAP_UPDATE_ELEM`, ioctl(2).
  ///
  /// - Returns: nil if the CPU is offline.
  init?(
    _ map: MapHandle, _ claim: RingClaim, cpu: Int, pageCount: Int, wakeUp: PerfBuffer.WakeUp
  ) throws(BPFError) {
    do throws(Errno) {
      event = try PerfOutput.open(cpu: cpu, wakeUp: wakeUp.number, isInBytes: wakeUp.isInBytes)
      mapping = try OwnedMapping(
        event.descriptor.borrowed, byteCount: (1 + pageCount) * Page.size, isWritable: true)
    } catch {
      // It went between the look at which are online and now.
      if error == .operationNotSupportedByDevice { return nil }
      throw PerfRing.failure(error, map, cpu, pageCount)
    }
    memory = unsafe PerfMemory(mapping.base, pageSize: Page.size, byteCount: pageCount * Page.size)
    (self.cpu, self.map, self.claim) = (cpu, map, claim)
    try map.update(UInt32(cpu).slot, to: event.descriptor.borrowed.slot)
    do throws(Errno) {
      try event.enable()
    } catch {
      throw map.eventFailure(.open, .system, error)
    }
  }

  deinit { leaveMap() }

  /// Takes the event out of the map, once. `BPF_MAP_DELETE_ELEM`.
  func leaveMap() {
    if isInMap.exchange(false, ordering: .relaxed) { _ = try? map.delete(UInt32(cpu).slot) }
  }

  /// Whether the map and the CPU have the event still. A CPU that goes offline drops it, and does not take it up when it
  /// comes back: what programs there put out is then refused. read(2) twice.
  var isAlive: Bool {
    // For an event that was dropped time stands still.
    guard isInMap.load(ordering: .relaxed), let before = try? event.enabledTime(),
      let now = try? event.enabledTime()
    else { return false }
    return now != before
  }

  private static func failure(_ errno: Errno, _ map: MapHandle, _ cpu: Int, _ pageCount: Int) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .permissionDenied, .notPermitted:
        (
          .permissionDenied,
          Privilege.refusal(of: "opening a perf buffer", needing: [.perfmon])
            ?? "memory beyond what kernel.perf_event_mlock_kb leaves needs CAP_IPC_LOCK"
        )
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the buffer of CPU \(cpu)")
      case .resourceTemporarilyUnavailable:
        (
          .outOfResources,
          "the process may lock no more memory: \(pageCount) pages of CPU \(cpu) are too many"
        )
      case .noMemory: (.outOfResources, "there is no memory for \(pageCount) pages of CPU \(cpu)")
      case .invalidArgument: (.invalidArgument, "there is no CPU \(cpu)")
      default: (.system, "")
      }
    return map.eventFailure(.open, code, errno, text)
  }

  /// Has who waits wait for the event, too.
  func join(_ waiter: EventWaiter) throws(BPFError) {
    do throws(Errno) {
      try waiter.add(event.descriptor.borrowed)
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  // MARK: - Reading

  /// Bytes not read yet.
  var availableBytes: Int {
    // The reader's position first: the writer's is never behind it.
    let tail = memory.tail
    return Int(clamping: memory.head &- tail)
  }

  var isEmpty: Bool { memory.head == memory.tail }

  /// Reads records that were there when it began.
  ///
  /// What cannot be read, and what lies behind it up to where the buffer was written when this began, is given up and
  /// counts as one lost record: where the next record begins is known only there.
  ///
  /// - Returns: whether to go on with the next CPU.
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
      let goesOn =
        if let header {
          try unsafe memory.withRecord(at: position, header.byteCount) { (bytes) throws(BPFError) in
            try unsafe read(header.type, bytes, body)
          }
        } else {
          try body(.lost(cpu: cpu, count: 1))
        }
      guard goesOn else { return false }
    }
    return count < limit
  }

  /// Hands on a record whose length was looked at.
  private func read(
    _ type: UInt32, _ bytes: UnsafeRawBufferPointer,
    _ body: (borrowing PerfBuffer.Record) throws(BPFError) -> Bool
  ) throws(BPFError) -> Bool {
    if type == PerfOutput.lost {
      return try body(
        .lost(cpu: cpu, count: Int(clamping: unsafe bytes.load(fromByteOffset: 16, as: UInt64.self))))
    }
    // Another CPU does not write the record any more; should the length have changed all the same, it leads nowhere.
    let length = min(Int(unsafe bytes.load(fromByteOffset: 8, as: UInt32.self)), bytes.count - 12)
    let record = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[12..<12 + length]))
    return try body(.sample(cpu: cpu, record))
  }
}

extension UInt32 {
  /// The number as a map's key: four bytes.
  fileprivate var slot: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }
}

extension FileDescriptor {
  /// The descriptor as a map's value: four bytes.
  fileprivate var slot: [UInt8] { UInt32(bitPattern: rawValue).slot }
}
