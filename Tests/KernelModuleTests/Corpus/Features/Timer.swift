//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 0

import BPFKernel

struct Timed: BitwiseCopyable {
  var timer: Timer
  var count: UInt64
}

let timed = ArrayMap<Timed>(maxEntries: 1)

@section("tc") func run(_ context: TCContext) -> TCAction {
  timed.withValue(of: 0) {
    $0.timer.initialize(in: timed)
    unsafe $0.timer.setCallback { _, _, value in
      if let value { unsafe value.assumingMemoryBound(to: Timed.self).pointee.count &+= 1 }
      return 0
    }
    $0.timer.start(nanoseconds: 1000)
  }
  return .pass
}
