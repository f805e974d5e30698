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

@inline(never) func sub(_ value: UnsafeMutablePointer<UInt64>) -> UInt64 {
  value.pointee &+= 1
  return value.pointee
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  guard let value = unsafe numbers.pointer(to: 3) else { return .pass }
  return sub(value) &+ sub(value) == 3 ? .drop : .pass
}
