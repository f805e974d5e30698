//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: counts[0] = 1

import BPFKernel

enum Programs {
  static let counts = HashMap<UInt32, UInt64>(maxEntries: 8)

  @section("xdp") static func run(_ context: XDPContext) -> XDPAction {
    counts.withValue(of: context.queueIndex, default: 0) { $0.atomicAdd(1) }
    return .pass
  }
}
