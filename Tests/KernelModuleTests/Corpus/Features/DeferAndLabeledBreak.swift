//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  var count: UInt32 = 0
  defer { printk("done") }
  outer: while count < 10 {
    for _ in 0..<3 {
      count &+= 1
      if count == context.queueIndex { break outer }
    }
  }
  return count == 10 ? .drop : .pass
}
