//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let numbers = HashMap<UInt32, UInt64>(maxEntries: 8)

func both(_ key: UInt32) -> (UInt64, UInt64)? {
  guard let first = numbers[key], let second = numbers[key &+ 1] else { return nil }
  return (first, second)
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  guard let (first, second) = both(context.interfaceIndex) else { return .pass }
  return first == second ? .pass : .drop
}
