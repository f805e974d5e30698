//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: rejected: cannot be called from callback
// runs: run = 2
// then: sums[0] = 499500

import BPFKernel

let sums = ArrayMap<UInt32>(maxEntries: 1)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  bpfLoop(1000, nil) { index, _ in
    sums.withValue(of: 0) { $0 += UInt32(truncatingIfNeeded: index) }
    return 0
  }
  return .pass
}
