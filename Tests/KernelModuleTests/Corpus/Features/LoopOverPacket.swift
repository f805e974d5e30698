//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 1

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let packet = context.packet
  var sum: UInt32 = 0
  for offset in 0..<64 {
    guard let byte = packet.load(UInt8.self, at: offset) else { break }
    sum = sum &+ UInt32(byte)
  }
  return sum & 1 == 0 ? .drop : .pass
}
