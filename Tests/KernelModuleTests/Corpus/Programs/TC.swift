//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: p = 0
// then: a[53] = 1

import BPFKernel

let a = HashMap<UInt16, UInt64>(maxEntries: 100)

@section("tc") func p(_ c: TCContext) -> TCAction {
  c.mark = 7
  c.pull(60)
  if let udp = c.packet.udp { a.withValue(of: udp.destinationPort, default: 0) { $0.atomicAdd(1) } }
  c.packet.modify(EthernetHeader.self) { $0.source = MACAddress(0x0200_0000_0001) }
  c.store(UInt32(5), at: 20)
  if c.etherType == .ipv6 { return c.redirect(toInterface: 1) }
  return .pass
}
