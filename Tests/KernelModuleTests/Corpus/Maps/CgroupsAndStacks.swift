//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let g = CgroupArray(maxEntries: 4)
let st = StackTraceMap(maxEntries: 100, depth: 30)
let n = HashMap<UInt32, UInt64>(maxEntries: 100)

@section("tp_btf/sched_switch") func p(_ c: BTFTracepointContext) -> Int32 {
  if g.containsCurrentTask(0) == true, let id = st.capture(c) {
    n.withValue(of: id, default: 0) { $0.atomicAdd(1) }
  }
  return 0
}
