//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2

import BPFKernel

let outer = ArrayOfMaps(maxEntries: 4, inner: HashMap<UInt32, UInt64>(maxEntries: 16))
let outerh = HashOfMaps<UInt64, ArrayMap<UInt32>>(maxEntries: 4, inner: ArrayMap(maxEntries: 16))

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  outer.withMap(of: 1) { m in m.update(3, to: 4) }
  outerh.withMap(of: 1) { m in m.withValue(of: 3) { $0.atomicAdd(1) } }
  return .pass
}
