//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let programs = ProgramArray(maxEntries: 4)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  programs.jump(to: 2, context)
  return .pass
}
