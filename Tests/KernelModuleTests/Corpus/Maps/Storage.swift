//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let ts = TaskStorage<UInt64>()

@section("tp_btf/sched_process_exec") func p(_ c: BTFTracepointContext) -> Int32 {
  ts.withZeroedValue(ofObjectAt: CurrentTask.structureAddress) { $0 &+= 1 }
  ts.withZeroedValue(ofObjectAt: c.argument(0)) { $0 &+= 1 }
  return 0
}
