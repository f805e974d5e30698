//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 1

import BPFKernel

let d = DevMap(maxEntries: 4)
let dh = DevMapHash(maxEntries: 4)
let cp = CPUMap(maxEntries: 4)
let xs = XSKMap(maxEntries: 4)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  if c.queueIndex == 1 { return d.redirect(to: 1, orElse: .pass) }
  if c.queueIndex == 2 { return dh.redirect(to: 1) }
  if c.queueIndex == 3 { return cp.redirect(to: 1) }
  return xs.redirect(to: c.queueIndex, orElse: .drop)
}
