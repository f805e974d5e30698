//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 19: a function of BPF takes at most five arguments of 64 bits: pass a structure inout, or mark the function @inline(__always)
// checked: refused, line 19: a function of BPF takes at most five arguments of 64 bits: pass a structure inout, or mark the function @inline(__always)

import BPFKernel

@inline(never)
func mix(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ e: UInt32, _ f: UInt32) -> UInt32 {
  a ^ b &+ c ^ d &+ e ^ f ^ randomNumber()
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let index = context.queueIndex
  return mix(index, index &+ 1, index &+ 2, index &+ 3, index &+ 4, index &+ 5) == 3 ? .drop : .pass
}
