//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Programs by index, to continue in (`BPF_MAP_TYPE_PROG_ARRAY`, Linux 4.2).
public struct ProgramArray: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares an array of the given number of programs.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_PROG_ARRAY.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

extension ProgramArray {
  /// Continues in the program at an index, which must have the same type; returns only if there is none
  /// (`bpf_tail_call`, Linux 4.2). A chain has at most 33 calls.
  @inline(__always)
  public func jump(to index: UInt32, _ context: some ProgramContext) {
    _ = unsafe bpf_tail_call(context._pointer, _map, index)
  }
}

/// Perf events by CPU: perf buffers, or counters (`BPF_MAP_TYPE_PERF_EVENT_ARRAY`, Linux 4.3).
///
/// A ``RingBuffer`` keeps the order of records among CPUs, and copies less.
public struct PerfEventArray<Record: BitwiseCopyable>: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares an array; 0 stands for the number of CPUs.
  @inline(__always)
  public init(maxEntries: UInt32 = 0, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_PERF_EVENT_ARRAY.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries,
      flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

extension PerfEventArray {
  /// Copies a record into the perf buffer of this CPU (`bpf_perf_event_output`, Linux 4.4). Returns whether there was
  /// space for it.
  @inline(__always) @discardableResult
  public func output(_ record: Record, _ context: some ProgramContext) -> Bool {
    unsafe withZeroedCopy(of: record) { record in
      unsafe bpf_perf_event_output(
        context._pointer, _map, UInt64(truncatingIfNeeded: BPF_F_CURRENT_CPU), record,
        UInt64(truncatingIfNeeded: MemoryLayout<Record>.stride))
        == 0
    }
  }

  /// Returns the count of the event at an index; nil if there is none, or if it counts on another CPU
  /// (`bpf_perf_event_read_value`, Linux 4.15).
  @inline(__always)
  public func count(at index: UInt32) -> UInt64? {
    // The counter, and the times that it was enabled and ran.
    unsafe withZeroedMemory(of: (UInt64, UInt64, UInt64).self) { value in
      unsafe bpfkernel_perf_count(_map, UInt64(index), value) == 0 ? value.pointee.0 : nil
    }
  }
}

/// Control groups by index (`BPF_MAP_TYPE_CGROUP_ARRAY`, Linux 4.8).
public struct CgroupArray: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares an array of the given number of control groups.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_CGROUP_ARRAY.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries,
      flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

extension CgroupArray {
  /// Returns whether the running task is in the control group at an index, or below it; nil if there is none
  /// (`bpf_current_task_under_cgroup`, Linux 4.9).
  @inline(__always)
  public func containsCurrentTask(_ index: UInt32) -> Bool? {
    let result = unsafe bpf_current_task_under_cgroup(_map, index)
    return result < 0 ? nil : result == 1
  }
}
