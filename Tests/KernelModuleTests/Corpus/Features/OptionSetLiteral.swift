//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 19: kernel code cannot have arrays, which allocate memory: use an InlineArray; instead of the literal [a, b] of an option set write a.union(b)
// checked: refused, line 19: kernel code cannot have arrays, which allocate memory: use an InlineArray; instead of the literal [a, b] of an option set write a.union(b)

import BPFKernel

struct Flags: OptionSet {
  let rawValue: UInt8
  static let syn = Flags(rawValue: 2), ack = Flags(rawValue: 16)
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let flags = Flags(rawValue: UInt8(truncatingIfNeeded: context.queueIndex))
  return flags.isSuperset(of: [.syn, .ack]) ? .drop : .pass
}
