//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

protocol Weight {
  static func weigh(_ number: UInt32) -> UInt32
}

enum Double: Weight { static func weigh(_ number: UInt32) -> UInt32 { number &* 2 } }
enum Triple: Weight { static func weigh(_ number: UInt32) -> UInt32 { number &* 3 } }

func weigh<W: Weight>(_ type: W.Type, _ number: UInt32) -> UInt32 { type.weigh(number) }

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  weigh(Double.self, context.queueIndex) &+ weigh(Triple.self, 4) == 16 ? .drop : .pass
}
