//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 16: value of type 'LPMTrieMap<IPv4Address, UInt32>' has no member 'contains'
// checked: refused, line 16: value of type 'LPMTrieMap<IPv4Address, UInt32>' has no member 'contains'

import BPFKernel

let routes = LPMTrieMap<IPv4Address, UInt32>(maxEntries: 8)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  // A look-up of 10.1.0.0/16 would find 10.0.0.0/8.
  routes.contains(AddressPrefix(host: IPv4Address(1))) ? .drop : .pass
}
