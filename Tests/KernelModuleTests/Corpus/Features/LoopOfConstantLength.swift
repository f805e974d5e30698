//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 1

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  var sum = context.queueIndex
  for number in 0..<UInt32(100) {
    sum = sum &* 31 &+ number
    if sum == 7 { break }
  }
  return sum & 1 == 0 ? .drop : .pass
}
