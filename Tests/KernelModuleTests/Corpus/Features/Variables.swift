//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let count = Variable<UInt64>(0)
let limit = Constant<UInt32>(17)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  count.value.atomicAdd(1)
  return context.queueIndex > limit.value ? .drop : .pass
}
