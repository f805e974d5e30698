//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2

import BPFKernel

struct V: BitwiseCopyable { var a: UInt8; var b: UInt32 }
let e = RingBuffer<V>(bytes: 4096)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  e.output(V(a: 1, b: 2))
  guard let r = e.reserve() else { return .pass }
  r.value = V(a: 3, b: c.queueIndex)
  if c.packet.count > 100 { return .drop }
  if c.queueIndex == 9 {
    r.discard()
    return .pass
  }
  r.submit(.force)
  return .pass
}
