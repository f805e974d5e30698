//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: forbidden
// checked: forbidden

import BPFKernel

let a = HashMap<UInt32, UInt64>(maxEntries: 100)

@section("fentry/do_unlinkat") func f(_ c: FunctionContext) -> Int32 {
  a.withValue(of: UInt32(truncatingIfNeeded: c.argument(0)), default: 0) { $0.atomicAdd(1) }; return 0
}
