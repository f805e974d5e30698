//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: filter = 2
// then: received.count = 1

// The example `packetcount`: counts the packets that an interface receives, and drops those that come from blocked networks.

import BPFKernel

/// An IP version, and the protocol of its packets.
struct Kind: BitwiseCopyable {
  var family: UInt32
  var transport: UInt32
}

struct Traffic: BitwiseCopyable {
  var packets: UInt64
  var bytes: UInt64
}

let received = PerCPUHashMap<Kind, Traffic>(maxEntries: 2 * 256)
let blockedIPv4 = LPMTrieMap<IPv4Address, UInt64>(maxEntries: 1024)
let blockedIPv6 = LPMTrieMap<IPv6Address, UInt64>(maxEntries: 1024)

@section("xdp") func filter(_ context: XDPContext) -> XDPAction {
  let packet = context.packet
  let kind: Kind
  let dropped: Void?
  if let header = packet.ipv4 {
    kind = Kind(family: 4, transport: UInt32(header.protocol.rawValue))
    dropped = blockedIPv4.withValue(of: header.source) { $0.atomicAdd(1) }
  } else if let header = packet.ipv6 {
    kind = Kind(family: 6, transport: UInt32(header.nextHeader.rawValue))
    dropped = blockedIPv6.withValue(of: header.source) { $0.atomicAdd(1) }
  } else {
    return .pass
  }
  received.withValue(of: kind, default: Traffic(packets: 0, bytes: 0)) {
    $0.bytes &+= UInt64(truncatingIfNeeded: packet.count)
    $0.packets &+= 1
  }
  return dropped == nil ? .pass : .drop
}
