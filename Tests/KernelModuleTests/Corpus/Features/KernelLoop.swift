//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: sums[0] = 125000250000

import BPFKernel

let sums = ArrayMap<UInt64>(maxEntries: 1)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  kernelLoop(0..<1_000_000) { index in
    sums.withValue(of: 0) { $0 &+= UInt64(UInt32(bitPattern: index)) }
    return index == 500_000 ? .stop : .next
  }
  return .pass
}
