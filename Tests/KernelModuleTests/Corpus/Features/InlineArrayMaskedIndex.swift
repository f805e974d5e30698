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
  var numbers = InlineArray<8, UInt32>(repeating: 0)
  numbers[Int(context.queueIndex & 7)] = 5
  return numbers[Int(context.interfaceIndex & 7)] == 5 ? .drop : .pass
}
