//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2
// then: routes.count = 0

import BPFKernel

let routes = LPMTrieMap<IPv4Address, UInt32>(maxEntries: 8)
let routes6 = LPMTrieMap<IPv6Address, UInt32>(maxEntries: 8)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  if let ip = c.packet.ipv4, routes.lookup(ip.destination) != nil { return .drop }
  if let ip = c.packet.ipv6, routes6.lookup(ip.destination) == 7 { return .drop }
  if let ip = c.packet.ipv4, let prefix = AddressPrefix(ip.source, length: 24) {
    routes.update(prefix, to: 1); routes.delete(prefix)
  }
  return .pass
}
