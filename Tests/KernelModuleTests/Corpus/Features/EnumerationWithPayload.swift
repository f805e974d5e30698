//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

enum Verdict {
  case pass
  case drop
  case redirect(UInt32)
  case mark(UInt8, UInt16)
}

func judge(_ number: UInt32) -> Verdict {
  switch number {
  case 0: .pass
  case 1: .drop
  case 2...9: .redirect(number)
  default: .mark(UInt8(truncatingIfNeeded: number), 7)
  }
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  switch judge(context.queueIndex) {
  case .pass: return .pass
  case .drop: return .drop
  case .redirect(let index): return context.redirect(toInterface: index)
  case .mark(let first, let second): return first == 3 && second == 7 ? .drop : .pass
  }
}
