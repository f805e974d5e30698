//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: counts.count = 1

import BPFKernel

struct Key: BitwiseCopyable {
  var kind: UInt8
  var number: UInt32
}

let counts = HashMap<Key, UInt64>(maxEntries: 8)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  counts.withValue(of: Key(kind: 1, number: context.queueIndex), default: 0) { $0.atomicAdd(1) }
  return .pass
}
