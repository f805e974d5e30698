//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2
// then: a[2] = 1
// then: h.count = 1
// then: l.count = 0
// then: ph.count = 1

import BPFKernel

struct Key: BitwiseCopyable { var a: UInt8; var b: UInt32 }
let h = HashMap<Key, UInt64>(maxEntries: 8)
let l = LRUHashMap<Key, UInt64>(maxEntries: 8)
let ph = PerCPUHashMap<Key, UInt64>(maxEntries: 8)
let pl = LRUPerCPUHashMap<Key, UInt64>(maxEntries: 8, flags: .noCommonLRU)
let a = ArrayMap<UInt64>(maxEntries: 8)
let pa = PerCPUArrayMap<UInt64>(maxEntries: 8)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  let k = Key(a: 3, b: c.queueIndex)
  h.update(k, to: 3); l.update(k, to: 3); ph.update(k, to: 3); pl.delete(k)
  a.withValue(of: 2) { $0.atomicAdd(1) }
  pa.withValue(of: 1) { $0 &+= 1 }
  h.withValue(of: k, default: 0) { $0.atomicAdd(1) }
  return h.contains(k) && l.delete(k) ? .pass : .drop
}
