//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A ring buffer: records in order, from all CPUs, to one reader in user space (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8).
public struct RingBuffer<Record: BitwiseCopyable>: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a ring buffer of the given number of bytes: a power of two, and a multiple of the page size.
  @inline(__always)
  public init(bytes: UInt32, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_RINGBUF.rawValue, keySize: 0, valueSize: 0, maxEntries: bytes, pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Reserves memory for a record (`bpf_ringbuf_reserve`); returns nil if the ring buffer is full.
  ///
  /// The record's bytes are whatever was in the ring before: set all fields, or `value`.
  /// Send it with ``RingRecord/submit(_:)``; a record that goes out of scope unsent is discarded.
  @inline(__always)
  public func reserve() -> RingRecord<Record>? {
    guard
      let memory = unsafe bpf_ringbuf_reserve(
        _map, UInt64(truncatingIfNeeded: MemoryLayout<Record>.stride), 0)
    else { return nil }
    return unsafe RingRecord(memory.assumingMemoryBound(to: Record.self))
  }

  /// Copies a record into the ring buffer (`bpf_ringbuf_output`). Returns whether there was space for it.
  @inline(__always) @discardableResult
  public func output(_ record: Record, _ wakeUp: RingWakeUp = .adaptive) -> Bool {
    unsafe withZeroedCopy(of: record) { record in
      unsafe bpf_ringbuf_output(
        _map, record, UInt64(truncatingIfNeeded: MemoryLayout<Record>.stride), wakeUp.rawValue)
        == 0
    }
  }
}

/// A record that is reserved in a ring buffer, and not yet sent.
@frozen @safe public struct RingRecord<Record: BitwiseCopyable>: ~Copyable {
  /// The record's address in the ring buffer.
  @unsafe public let pointer: UnsafeMutablePointer<Record>

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<Record>) { unsafe self.pointer = pointer }

  /// The record, in place.
  @inline(__always)
  public var value: Record {
    get { unsafe pointer.pointee }
    nonmutating _modify { yield unsafe &pointer.pointee }
  }

  /// Sends the record (`bpf_ringbuf_submit`).
  @inline(__always)
  public consuming func submit(_ wakeUp: RingWakeUp = .adaptive) {
    unsafe bpf_ringbuf_submit(pointer, wakeUp.rawValue)
    discard self
  }

  /// Discards the record: the reader does not see it (`bpf_ringbuf_discard`).
  @inline(__always)
  public consuming func discard(_ wakeUp: RingWakeUp = .adaptive) {
    unsafe bpf_ringbuf_discard(pointer, wakeUp.rawValue)
    discard self
  }

  @inline(__always)
  deinit { unsafe bpf_ringbuf_discard(pointer, 0) }
}

/// Whether the kernel wakes the reader of a ring buffer.
public struct RingWakeUp: Sendable {
  let rawValue: UInt64

  /// Wakes a reader that has read all earlier records.
  @inline(__always) public static var adaptive: RingWakeUp { RingWakeUp(rawValue: 0) }
  /// Does not wake the reader (`BPF_RB_NO_WAKEUP`).
  @inline(__always) public static var none: RingWakeUp {
    RingWakeUp(rawValue: UInt64(truncatingIfNeeded: BPF_RB_NO_WAKEUP))
  }
  /// Always wakes the reader (`BPF_RB_FORCE_WAKEUP`).
  @inline(__always) public static var force: RingWakeUp {
    RingWakeUp(rawValue: UInt64(truncatingIfNeeded: BPF_RB_FORCE_WAKEUP))
  }
}
