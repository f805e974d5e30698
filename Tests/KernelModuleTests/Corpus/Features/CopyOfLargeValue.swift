//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: run = 2
// then: values[1] = 0
// then: values.count = 2

import BPFKernel

struct Large: BitwiseCopyable { var words: InlineArray<13, UInt64> }

let values = HashMap<UInt32, Large>(maxEntries: 8)

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  values.update(2, to: Large(words: InlineArray(repeating: UInt64(context.queueIndex))))
  if let value = values[2] { values.update(1, to: value) }
  return .pass
}
