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
  var sum: UInt32 = 1
  for number in 0..<min(context.queueIndex, 64) { sum = sum &* 31 &+ number }
  return sum & 1 == 0 ? .drop : .pass
}
