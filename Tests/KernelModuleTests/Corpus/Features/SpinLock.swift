//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 0

import BPFKernel

struct Totals: BitwiseCopyable {
  var packets: UInt64
  var bytes: UInt64
}

let totals = ArrayMap<SpinLocked<Totals>>(maxEntries: 1)

@section("tc") func run(_ context: TCContext) -> TCAction {
  let bytes = UInt64(context.length)
  totals.withValue(of: 0) {
    $0.withLock {
      $0.packets &+= 1
      $0.bytes &+= bytes
    }
  }
  return .pass
}
