//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: rejected: invalid unbounded variable-offset write
// checked: loads
// runs: run = 1

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  var numbers = InlineArray<8, UInt32>(repeating: 0)
  numbers[Int(context.queueIndex)] = 5
  return numbers[0] == 5 ? .drop : .pass
}
