//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2

import BPFKernel

struct V: BitwiseCopyable { var a: UInt8; var b: UInt32 }
let events = PerfEventArray<V>()

@section("xdp") func p(_ c: XDPContext) -> XDPAction { events.output(V(a: 1, b: 2), c); return .pass }

@section("kprobe/do_unlinkat") func read(_ context: ProbeContext) -> Int32 {
  events.count(at: CurrentCPU.number) == 3 ? 1 : 0
}
