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
  var sum = UInt64(context.queueIndex)
  for number in 0..<UInt64(100_000) { sum = sum &* 3 ^ number }
  return sum & 1 == 0 ? .drop : .pass
}
