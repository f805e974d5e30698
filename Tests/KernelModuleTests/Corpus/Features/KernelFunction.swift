//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let calls = ArrayMap<UInt64>(maxEntries: 1)

@section("tp_btf/sys_enter") func run(_ context: BTFTracepointContext) -> Int32 {
  withRCUReadLock { withoutPreemption { calls.withValue(of: 0) { $0.atomicAdd(context.argument(1)) } } }
  return 0
}
