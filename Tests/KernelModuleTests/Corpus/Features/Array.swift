//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 13: kernel code cannot have arrays, which allocate memory: use an InlineArray; instead of the literal [a, b] of an option set write a.union(b)
// checked: refused, line 13: kernel code cannot have arrays, which allocate memory: use an InlineArray; instead of the literal [a, b] of an option set write a.union(b)

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  var numbers: [UInt32] = []
  for number in 0..<context.queueIndex { numbers.append(number) }
  return numbers.count == 3 ? .drop : .pass
}
