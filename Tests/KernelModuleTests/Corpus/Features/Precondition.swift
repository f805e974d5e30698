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
  precondition(context.queueIndex < 5)
  return .pass
}
