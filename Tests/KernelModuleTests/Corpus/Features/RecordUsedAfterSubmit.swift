//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 15: 'record' used after consume
// checked: refused, line 15: 'record' used after consume

import BPFKernel

let records = RingBuffer<UInt64>(bytes: 4096)

@section("tc") func run(_ context: TCContext) -> TCAction {
  guard let record = records.reserve() else { return .pass }
  record.submit()
  record.value = 3
  return .pass
}
