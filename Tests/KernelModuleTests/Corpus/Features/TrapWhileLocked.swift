//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: rejected: function calls are not allowed while holding a lock
// runs: run = 0

import BPFKernel

let totals = ArrayMap<SpinLocked<UInt32>>(maxEntries: 1)

@section("tc") func run(_ context: TCContext) -> TCAction {
  let bytes = context.length
  totals.withValue(of: 0) { $0.withLock { $0 += bytes } }
  return .pass
}
