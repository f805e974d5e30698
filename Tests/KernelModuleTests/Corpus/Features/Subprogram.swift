//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

@inline(never) func sub(_ number: UInt32) -> UInt32 { number &* 3 &+ randomNumber() }

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  sub(context.queueIndex) ^ sub(3) == 0 ? .drop : .pass
}
