//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2

import BPFKernel

let records = RingBuffer<UInt64>(bytes: 4096)

@section("tc") func run(_ context: TCContext) -> TCAction {
  guard let record = records.reserve() else { return .pass }
  record.value = 3
  if context.length > 60 { return .drop }
  record.submit()
  return .pass
}
