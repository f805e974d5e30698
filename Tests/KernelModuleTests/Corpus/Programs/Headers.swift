//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 2
// then: a[4660] = 1

import BPFKernel

let a = HashMap<UInt16, UInt64>(maxEntries: 100)

@section("xdp") func p(_ c: XDPContext) -> XDPAction {
  if let icmp = c.packet.icmp, icmp.type == 8 { return .drop }
  if let tcp = c.packet.tcp, tcp.flags.contains(.syn) { return .drop }
  if let udp = c.packet.udp { a.withValue(of: udp.sourcePort, default: 0) { $0.atomicAdd(1) } }
  if let v = c.packet.vlan, v.identifier == 5 { return c.redirect(toInterface: 5) }
  return c.adjustHead(by: -4) && c.packet.ethernet?.source == MACAddress(5) ? .tx : .pass
}
