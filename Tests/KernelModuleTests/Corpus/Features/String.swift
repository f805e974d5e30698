//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 13: kernel code cannot build strings, which allocate memory: use StaticString, or bytes in an InlineArray
// checked: refused, line 13: kernel code cannot build strings, which allocate memory: use StaticString, or bytes in an InlineArray

import BPFKernel

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let text = "queue \(context.queueIndex)"
  return text.utf8.count == 3 ? .drop : .pass
}
