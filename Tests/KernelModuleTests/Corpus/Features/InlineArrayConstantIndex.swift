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
  var numbers = InlineArray<8, UInt32>(repeating: 0)
  for index in 0..<8 { numbers[index] = context.queueIndex &+ UInt32(index) }
  var sum: UInt32 = 0
  for index in 0..<8 { sum = sum &+ numbers[index] }
  return sum & 1 == 0 ? .drop : .pass
}
