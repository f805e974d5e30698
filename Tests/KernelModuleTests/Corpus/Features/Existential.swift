//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 17: kernel code cannot have values of protocol types: use a generic parameter, or an enum of the possible types
// checked: refused, line 17: kernel code cannot have values of protocol types: use a generic parameter, or an enum of the possible types

import BPFKernel

protocol Judge { func judge() -> XDPAction }
struct Strict: Judge { func judge() -> XDPAction { .drop } }
struct Mild: Judge { func judge() -> XDPAction { .pass } }

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let judge: any Judge = context.queueIndex > 3 ? Strict() : Mild()
  return judge.judge()
}
