//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Sends an event with the arguments of each executed program.

import BPFKernel

/// An executed program.
public struct Event: BitwiseCopyable, Sendable {
  /// The process and its parent.
  public var pid, parent: Int32
  /// The name, followed by zeros.
  public var name: InlineArray<16, UInt8>
  /// The size of all arguments, and of those included here.
  public var size, read: UInt32
  /// Consecutive strings, each terminated by 0.
  public var arguments: InlineArray<1024, UInt8>
}

/// An event for each executed program.
public let events = RingBuffer<Event>(bytes: 1024 * 1024)

/// Events that found no space in the ring buffer.
public let dropped = Variable<UInt64>(0)

@section("tp_btf/sched_process_exec") func executed(_ event: SchedProcessExec) -> Int32 {
  guard let record = events.reserve() else {
    dropped.value.atomicAdd(1)
    return 0
  }
  let task = event.p
  record.value.pid = task.tgid
  record.value.parent = task.realParent.tgid
  CurrentTask.copyName(to: &record.value.name)

  // The arguments are in the memory of the new program.
  let start = task.mm.argStart
  let size = task.mm.argEnd &- start
  let count = UInt32(truncatingIfNeeded: min(size, 1024))
  record.value.size = UInt32(truncatingIfNeeded: size)
  record.value.read = UserMemory.copy(count, at: start, to: &record.value.arguments) ? count : 0
  record.submit()
  return 0
}
