//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

struct Open: BitwiseCopyable { var common: UInt64; var nr: Int; var fd: UInt64 }
let a = HashMap<UInt32, UInt64>(maxEntries: 100)
let ev = RingBuffer<InlineArray<64, UInt8>>(bytes: 4096)

@section("tracepoint/syscalls/sys_enter_openat") func t(_ c: TracepointContext<Open>) -> Int32 {
  a.withValue(of: UInt32(truncatingIfNeeded: c.fields.nr), default: 0) { $0.atomicAdd(1) }; return 0
}

@section("kprobe/do_unlinkat") func k(_ c: ProbeContext) -> Int32 {
  a.withValue(of: UInt32(truncatingIfNeeded: c.argument(0)), default: 0) { $0.atomicAdd(1) }; return 0
}

@section("uprobe.s") func u(_ c: ProbeContext) -> Int32 {
  if let r = ev.reserve() { _ = UserMemory.readString(into: &r.value, at: c.argument(1)); r.submit() };
  return 0
}

@section("perf_event") func pe(_ c: PerfEventContext) -> Int32 {
  a.withValue(of: CurrentTask.processID, default: 0) { $0.atomicAdd(c.samplePeriod) }; return 0
}

@section("iter/task") func it(_ c: IteratorContext) -> Int32 {
  if c.object() != 0 { c.write(UInt64(5)) }; return 0
}

@section("syscall") func sy(_ c: SyscallContext<UInt64>) -> Int32 { c.arguments &+= 1; return 3 }
