//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

func apply(_ number: UInt32, _ change: (UInt32) -> UInt32) -> UInt32 { change(number) }

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let index = context.queueIndex
  return apply(5) { $0 &+ index } == 7 ? .drop : .pass
}
