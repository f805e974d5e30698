//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: slots.count = 0

import BPFKernel

struct Slots: BitwiseCopyable { var counts: InlineArray<16, UInt64> }

let slots = HashMap<UInt32, Slots>(maxEntries: 8)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let index = Int(context.queueIndex & 15)
  slots.withValue(of: 1) { $0.counts[index] &+= 1 }
  return .pass
}
