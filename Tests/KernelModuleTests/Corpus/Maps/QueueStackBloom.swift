//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 1

import BPFKernel

struct V: BitwiseCopyable { var a: UInt8; var b: UInt32 }
let q = QueueMap<V>(maxEntries: 8)
let s = StackMap<V>(maxEntries: 8)
let b = BloomFilter<V>(maxEntries: 8, hashes: 3)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  q.push(V(a: 1, b: c.queueIndex)); s.push(V(a: 1, b: c.queueIndex), droppingOldest: true)
  b.insert(V(a: 1, b: c.queueIndex))
  if let x = q.pop(), x.b == 3 { return .drop }
  if let x = s.peek(), b.mayContain(x) { return .drop }
  return .pass
}
