//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 1

import BPFKernel

enum ParseError: Error { case short, other }

func parse(_ packet: Packet) throws(ParseError) -> UInt8 {
  guard let byte = packet.load(UInt8.self, at: 3) else { throw .short }
  if byte == 9 { throw .other }
  return byte
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  do {
    return try parse(context.packet) == 1 ? .drop : .pass
  } catch {
    switch error {
    case .short: return .drop
    case .other: return .aborted
    }
  }
}
