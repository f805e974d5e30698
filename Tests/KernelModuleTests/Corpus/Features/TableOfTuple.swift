//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let table: (UInt8, UInt8, UInt8, UInt8) = (1, 2, 3, 4)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  (context.queueIndex > 3 ? table.1 : table.2) == 2 ? .drop : .pass
}
