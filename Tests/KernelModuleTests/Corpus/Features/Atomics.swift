//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: sums[0] = 9

import BPFKernel

let sums = ArrayMap<UInt64>(maxEntries: 1)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let mixed = sums.withValue(of: 0) { sum in
    sum.atomicAdd(1)
    return sum.atomicFetchAdd(3) ^ sum.atomicFetchOr(8) ^ sum.atomicFetchAnd(7) ^ sum.atomicExchange(3)
      ^ sum.atomicCompareExchange(expected: 3, desired: 9)
  }
  return mixed == 0 ? .drop : .pass
}
