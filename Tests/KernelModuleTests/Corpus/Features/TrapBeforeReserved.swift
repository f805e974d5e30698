//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 0

import BPFKernel

let records = RingBuffer<UInt64>(bytes: 4096)

@section("tc") func run(_ context: TCContext) -> TCAction {
  let sum = UInt64(context.length + context.mark)
  guard let record = records.reserve() else { return .pass }
  record.value = sum
  record.submit()
  return .pass
}
