//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let table: InlineArray<8, UInt8> = [1, 2, 3, 4, 5, 6, 7, 9]

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  table[Int(context.queueIndex & 7)] == 9 ? .drop : .pass
}
