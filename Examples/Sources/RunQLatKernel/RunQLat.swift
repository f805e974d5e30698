//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Measures how long tasks wait for a processor: from when they become runnable, woken or preempted, until they run.

import BPFKernel

/// The time since which each thread waits, in nanoseconds, by thread ID.
public let waiting = HashMap<Int32, UInt64>(maxEntries: 65536)

/// A histogram of waits in microseconds.
nonisolated(unsafe) public var latencies = InlineArray<64, UInt64>(repeating: 0)

/// Waits that found no space in the map.
public let missed = Variable<UInt64>(0)

/// `TASK_RUNNING`: the task wants to run.
private let running: UInt32 = 0

private func wait(_ task: TaskStruct) {
  // Thread 0 is the processor's idle task.
  let thread = task.pid
  if thread != 0, !waiting.update(thread, to: Clock.monotonic) { missed.value.atomicAdd(1) }
}

@section("tp_btf/sched_wakeup") func woken(_ event: SchedWakeup) -> Int32 {
  wait(event.p)
  return 0
}

@section("tp_btf/sched_wakeup_new") func begun(_ event: SchedWakeupNew) -> Int32 {
  wait(event.p)
  return 0
}

@section("tp_btf/sched_switch") func switched(_ event: SchedSwitch) -> Int32 {
  if event.prev.state == running { wait(event.prev) }
  let thread = event.next.pid
  guard let since = waiting[thread] else { return 0 }
  latencies[log2Slot((Clock.monotonic &- since) / 1000)].atomicAdd(1)
  waiting.delete(thread)
  return 0
}
