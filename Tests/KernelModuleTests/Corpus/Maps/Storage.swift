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

let sockets = SocketStorage<UInt64>()
let groups = CgroupStorage<UInt64>()

@section("tp_btf/inet_sock_set_state") func changed(_ c: BTFTracepointContext) -> Int32 {
  let isNew = sockets.withZeroedValue(ofObjectAt: c.argument(0)) { $0 &+= 1 } == nil
  if isNew { return 0 }
  sockets.withValue(ofObjectAt: c.argument(0)) { $0 &+= 1 }
  sockets.delete(ofObjectAt: c.argument(0))
  return 0
}

@section("tp_btf/cgroup_mkdir") func made(_ c: BTFTracepointContext) -> Int32 {
  groups.withZeroedValue(ofObjectAt: c.argument(0)) { $0 &+= 1 }
  groups.delete(ofObjectAt: c.argument(0))
  return 0
}
