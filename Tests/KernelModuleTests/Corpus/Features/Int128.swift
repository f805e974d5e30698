//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 13: BPF cannot multiply, divide or shift 128-bit integers: use UInt64, with &* or smaller operands
// checked: refused, line 13: BPF cannot multiply, divide or shift 128-bit integers: use UInt64, with &* or smaller operands

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  UInt64(context.queueIndex).multipliedFullWidth(by: Clock.monotonic).high == 3 ? .drop : .pass
}
