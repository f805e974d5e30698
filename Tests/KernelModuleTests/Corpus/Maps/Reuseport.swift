//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let m = ReuseportSockArray(maxEntries: 4)

@section("sk_reuseport") func p(_ c: SKReuseportContext) -> SKAction {
  m.select(c.hash & 3, c) ? .pass : .drop
}
