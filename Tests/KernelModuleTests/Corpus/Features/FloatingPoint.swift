//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 13: the kernel has no floating-point numbers: use integers, such as thousandths
// checked: refused, line 13: the kernel has no floating-point numbers: use integers, such as thousandths

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  Double(context.queueIndex) * 1.5 > 7 ? .drop : .pass
}
