//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let a = ArrayMap<UInt64>(maxEntries: 8)
let only = Constant<UInt32>(0)
let dropped = Variable<UInt64>(0)

@section("raw_tp/sys_enter") func p(_ c: RawTracepointContext) -> Int32 {
  if only.value != 0 && only.value != CurrentTask.processID { return 0 }
  dropped.withValue { $0.atomicAdd(1) }
  let name = CurrentTask.name
  a.withValue(of: 1) { $0 = Clock.monotonic &+ Clock.boot &+ Clock.tai &+ Clock.jiffies &+ UInt64(name[3]) }
  a.withValue(of: 2) {
    $0 =
      UInt64(CurrentTask.userID) &+ UInt64(CurrentTask.threadID) &+ CurrentTask.cgroupID
      &+ UInt64(CurrentCPU.number) &+ UInt64(randomNumber())
  }
  if let word = KernelMemory.read(UInt64.self, at: CurrentTask.address),
    let w = UserMemory.read(UInt32.self, at: c.argument(1))
  {
    printk("%llx %d", word, UInt64(w))
  }
  return 0
}
