//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 15: value of optional type 'UInt64?' must be unwrapped to a value of type 'UInt64'
// checked: refused, line 15: value of optional type 'UInt64?' must be unwrapped to a value of type 'UInt64'

import BPFKernel

let numbers = HashMap<UInt32, UInt64>(maxEntries: 8)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  numbers[1] == 7 as UInt64 ? .drop : numbers[1] + 1 == 3 ? .drop : .pass
}
