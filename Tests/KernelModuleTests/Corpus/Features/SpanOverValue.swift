//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: rejected: bitwise operator &= on pointer prohibited
// runs: run = 2

import BPFKernel

struct Slots: BitwiseCopyable { var counts: InlineArray<16, UInt64> }

let slots = HashMap<UInt32, Slots>(maxEntries: 8)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let sum = slots.withValue(of: 1) { slots in
    let span = slots.counts.span
    var sum: UInt64 = 0
    for index in span.indices { sum &+= span[index] }
    return sum
  }
  return sum == 0 ? .drop : .pass
}
